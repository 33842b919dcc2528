import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { type AugmentationOptions, type ImageDataset, type Normalization, normalizations } from 'noisydarts';
import { measureNormalization } from 'noisydarts/data';
import { trainingAugmentation } from 'noisydarts/network';
import { prefetch, readCifar10, readCifar100, readImageFolder, readMnist, readSvhn } from 'noisydarts/node';
import type { BackendSettings } from '../backend';
import { shared, UsageError, whole } from '../command-line';

/** Kinds of data sets that `--data` may name a folder of. */
const FORMATS = ['cifar10', 'cifar100', 'svhn', 'idx', 'images'] as const;
export type DataFormat = (typeof FORMATS)[number];

/** What the command line says of the images. */
export interface DataSettings {
  readonly data: string;
  readonly format?: DataFormat;
  readonly limit?: number | undefined;
  readonly imageSize?: number;
}

/** The images of a folder, and the changes to them that suit them. */
export interface Images {
  readonly train: ImageDataset;
  /** Reads the test images. */
  test(): Promise<ImageDataset>;
  /** In a search. */
  readonly searchAugment: AugmentationOptions;
  /** In a training from scratch. */
  readonly trainAugment: AugmentationOptions;
}

/** Side of the images of a folder where none is given. */
const IMAGE_SIZE = 32;

/** What the command line says of the images of a run, the digits where it says nothing, and of the backend. */
export interface ImageRunSettings extends Partial<DataSettings>, BackendSettings {}

/** The options of {@link ImageRunSettings}. */
export function imageRunOptions(limit: Option = shared.limit()): readonly Option[] {
  return [
    shared.data(),
    new Option('--format <kind>', 'what is in the folder (default: by the names of its files)').choices(
      FORMATS,
    ),
    new Option(
      '--image-size <n>',
      `height and width that images of a folder are brought to (default: ${IMAGE_SIZE})`,
    ).argParser(whole(1)),
    limit,
    shared.backend(),
    shared.noFast(),
  ];
}

const SIGNS: Readonly<Record<DataFormat, RegExp>> = {
  cifar10: /^(data_batch_.+\.bin|cifar-10-batches-bin)$/,
  cifar100: /^(train\.bin|cifar-100-binary)$/,
  svhn: /^(train|test|extra)_32x32\.mat$/,
  idx: /^train-images[-.]idx3-ubyte(\.gz)?$/,
  images: /^train$/,
};

/**
 * What a folder holds, by the names in it.
 *
 * @throws RangeError if they fit no kind of data set, or more than one.
 */
async function detectFormat(folder: string): Promise<DataFormat> {
  const names = await readdir(folder).catch((error: Error) => {
    throw new RangeError(
      `--data: '${folder}' cannot be listed, got ${error.message}; pass a folder of images`,
      {
        cause: error,
      },
    );
  });
  const found = FORMATS.filter((format) => names.some((name) => SIGNS[format].test(name)));
  if (found.length === 1) return found[0]!;
  throw new RangeError(
    `--data: the names in '${folder}' tell ${found.length === 0 ? 'no kind of data set' : found.join(' and ')}; ` +
      `say what it holds with --format ${FORMATS.join(', ')}`,
  );
}

/**
 * The kind of the folder that a command line names; undefined if it names none.
 *
 * @throws RangeError as {@link detectFormat}, UsageError if there is a format of nothing.
 */
export async function chooseFormat({ data, format }: Partial<DataSettings>): Promise<DataFormat | undefined> {
  if (data !== undefined) return format ?? detectFormat(data);
  if (format === undefined) return undefined;
  throw new UsageError(`--format ${format} needs a folder; name it with --data`);
}

/** As the published searches and trainings change images of this kind. */
const published = (normalize: Normalization) => ({
  searchAugment: { crop: { padding: 4 }, flip: true, normalize },
  trainAugment: trainingAugmentation(normalize),
});

async function readFolderOfImages(data: string, size: number, limit?: number): Promise<Images> {
  const folder = (...names: string[]) =>
    names.map((name) => join(data, name)).find((path) => existsSync(path));
  const train = await readImageFolder(folder('train') ?? data, { size, limit });
  if (train.skipped.length > 0) {
    const [first] = train.skipped;
    console.warn(
      `--data: ${train.skipped.length} files are not read, among them ${first!.file}: ${first!.reason}`,
    );
  }
  const augment = {
    crop: { padding: Math.floor(size / 8) },
    flip: true,
    normalize: normalizations.imagenet,
  };
  return {
    train,
    test: () => {
      const path = folder('test', 'val');
      if (path) return readImageFolder(path, { size, classNames: train.classNames });
      throw new RangeError(`--data: '${data}' has no folder of test images; put one named test or val there`);
    },
    searchAugment: augment,
    trainAugment: augment,
  };
}

async function open({ data, format, limit, imageSize = IMAGE_SIZE }: DataSettings): Promise<Images> {
  switch (format ?? (await detectFormat(data))) {
    case 'cifar10':
      return {
        train: await readCifar10(data, { limit }),
        test: () => readCifar10(data, { split: 'test' }),
        ...published(normalizations.cifar10),
      };
    case 'cifar100':
      return {
        train: await readCifar100(data, { limit }),
        test: () => readCifar100(data, { split: 'test' }),
        ...published(normalizations.cifar100),
      };
    case 'svhn':
      return {
        train: await readSvhn(data, { limit }),
        test: () => readSvhn(data, { split: 'test' }),
        ...published(normalizations.svhn),
      };
    case 'idx': {
      const train = await readMnist(data, { limit });
      const augment = { crop: { padding: 2 }, normalize: await measureNormalization(train) };
      return {
        train,
        test: () => readMnist(data, { split: 'test' }),
        searchAugment: augment,
        trainAugment: augment,
      };
    }
    case 'images':
      return readFolderOfImages(data, imageSize, limit);
  }
}

/** The images of `--data`; their training batches are made on a thread of their own. */
export async function readImages(settings: DataSettings): Promise<Images> {
  const images = await open(settings);
  return { ...images, train: await prefetch(images.train) };
}
