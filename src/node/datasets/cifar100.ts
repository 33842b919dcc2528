import { type Cifar100Labels, cifar100Layout } from '../../data';
import { checkOptions, type OptionKeys, requireText } from '../../errors';
import { readCifar } from './cifar';
import type { FileDataset } from './origin';

/** Options of {@link readCifar100}. */
export interface ReadCifar100Options {
  /** Training or test images; default `train`. */
  readonly split?: 'train' | 'test' | undefined;
  /** The 100 `fine` classes or the 20 `coarse` ones; default `fine`. */
  readonly labels?: Cifar100Labels | undefined;
  /** Use at most this many images, the first ones; default all there are. */
  readonly limit?: number | undefined;
}

const KEYS = { split: true, labels: true, limit: true } satisfies OptionKeys<ReadCifar100Options>;

/**
 * CIFAR-100 from a folder of its binary version: 32x32x3, 100 classes, or 20 coarse ones. The images stay in the file
 * until they are read.
 *
 * Reads `train.bin` or `test.bin`; the folder `cifar-100-binary` of the official archive is found inside `directory`
 * too.
 *
 * @throws RangeError if the file is cut off, too long or holds something else: the message names the file, its size, the
 * size expected and the byte where it goes wrong. Error if there is no such file.
 */
export async function readCifar100(
  directory: string,
  options: ReadCifar100Options = {},
): Promise<FileDataset> {
  requireText('readCifar100', 'the folder', directory, 'pass its path');
  checkOptions('readCifar100', options, KEYS);
  const { split = 'train', labels = 'fine', limit = Number.POSITIVE_INFINITY } = options;
  const file = `${split}.bin`;
  return readCifar(directory, {
    fn: 'readCifar100',
    name: 'cifar100',
    split,
    limit,
    layout: cifar100Layout(labels),
    layouts: [cifar100Layout('coarse'), cifar100Layout('fine')],
    choose: (names) => names.filter((name) => name === file),
    official: { 'train.bin': 50_000, 'test.bin': 10_000 },
    archive: 'cifar-100-binary',
    title: "CIFAR-100's binary version",
    wanted: file,
  });
}
