import { cifar10Layout } from '../../data';
import { checkOptions, type OptionKeys, requireText } from '../../errors';
import { readCifar } from './cifar';
import type { FileDataset } from './origin';

/** Options of {@link readCifar10}. */
export interface ReadCifar10Options {
  /** Training or test images; default `train`. */
  readonly split?: 'train' | 'test' | undefined;
  /** Use at most this many images, the first ones; default all there are. */
  readonly limit?: number | undefined;
}

const RECORDS = 10_000;
const official = {
  ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.bin`, RECORDS])),
  'test_batch.bin': RECORDS,
};
// Batch 10 after batch 2, whatever the locale: the order decides which images a split gets.
const byName = new Intl.Collator('en', { numeric: true }).compare;

/** The files of one split in `names`, in order. The whole test set goes before a part of it. */
function batchFiles(names: readonly string[], split: 'train' | 'test'): string[] {
  if (split === 'test' && names.includes('test_batch.bin')) return ['test_batch.bin'];
  const pattern = split === 'train' ? /^data_batch_.+\.bin$/ : /^test_.+\.bin$/;
  return names.filter((name) => pattern.test(name)).sort(byName);
}

const KEYS = { split: true, limit: true } satisfies OptionKeys<ReadCifar10Options>;

/**
 * CIFAR-10 from a folder of its binary version: 32x32x3, 10 classes. The images stay in the files until they are read.
 *
 * Training images come from every `data_batch_*.bin` there is, in the order of their names; test images from
 * `test_batch.bin` or, without it, from every `test_*.bin`. The folder `cifar-10-batches-bin` of the official archive
 * is found inside `directory` too.
 *
 * @throws RangeError if a file is cut off, too long or holds something else: the message names the file, its size, the
 * size expected and the byte where it goes wrong. Error if there are no such files.
 */
export async function readCifar10(directory: string, options: ReadCifar10Options = {}): Promise<FileDataset> {
  requireText('readCifar10', 'the folder', directory, 'pass its path');
  checkOptions('readCifar10', options, KEYS);
  const { split = 'train', limit = Number.POSITIVE_INFINITY } = options;
  return readCifar(directory, {
    fn: 'readCifar10',
    name: 'cifar10',
    split,
    limit,
    layout: cifar10Layout,
    layouts: [cifar10Layout],
    choose: (names) => batchFiles(names, split),
    official,
    archive: 'cifar-10-batches-bin',
    title: "CIFAR-10's binary version",
    wanted: split === 'train' ? 'data_batch_1.bin to data_batch_5.bin' : 'test_batch.bin',
  });
}
