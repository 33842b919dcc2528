import type { RecordLayout } from '../../data';
import { checkOptions, type OptionKeys, rangeError, requireKind, requireText } from '../../errors';
import { findFile, listFolder } from './folder';
import { checkLimit } from './limit';
import { findMatArrays, type MatVariable } from './mat5';
import type { FileDataset, RecordFile } from './origin';
import { recordFiles } from './record-files';
import { checkCache, type UnpackOptions, unpackOnce } from './unpack';

/** Options of {@link readSvhn}. */
export interface ReadSvhnOptions extends UnpackOptions {
  /** Training images, test images, or the extra, easier ones; default `train`. */
  readonly split?: 'train' | 'test' | 'extra' | undefined;
  /** Use at most this many images, the first ones; default all there are. */
  readonly limit?: number | undefined;
}

const KEYS = { split: true, limit: true, cache: true } satisfies OptionKeys<ReadSvhnOptions>;

const layout = {
  format: 'SVHN, cropped digits',
  shape: [32, 32, 3],
  classes: 10,
  order: 'columns',
  labelBytes: 0,
} as const satisfies RecordLayout;

const FN = 'readSvhn';
/** Bytes an image. */
const IMAGE = 32 * 32 * 3;
/** More labels than any part has. */
const MOST = 2 ** 24;
const REMEDY = 'pass the folder that holds train_32x32.mat and its companions';

function wrongArray(path: string, { name, dimensions, isBytes }: MatVariable, expected: string): RangeError {
  return rangeError(
    FN,
    `'${path}' has a wrong array '${name}'`,
    { dimensions, isBytes },
    `expected ${expected}: the file is not ${layout.format}`,
  );
}

/** How many images there are, by the sizes of their array. */
function countImages(path: string, x: MatVariable): number {
  const { dimensions, isBytes } = x;
  const [height, width, channels, records = 1] = dimensions;
  const fits = height === 32 && width === 32 && channels === 3 && dimensions.length <= 4;
  if (fits && isBytes && records > 0) return records;
  throw wrongArray(path, x, 'bytes of 32x32x3xN');
}

/** Where the first images are: in the file itself, or unpacked. */
async function locateImages(x: MatVariable, records: number, options: UnpackOptions): Promise<RecordFile> {
  const { count: whole, offset, packed } = x;
  if (offset !== undefined) return { path: packed.path, offset, records };
  const length = { whole, wanted: records * IMAGE };
  const unpacked = await x.withPieces(length.wanted, (pieces) =>
    unpackOnce(FN, packed, options, length, () => pieces),
  );
  return { path: unpacked, offset: 0, records };
}

/** Classes of the first labels, 1 to 10, of which 10 means the digit 0. */
async function readLabels(path: string, y: MatVariable, records: number): Promise<Uint8Array> {
  const values = await y.numbers(records);
  const bad = values.findIndex((label) => !(Number.isInteger(label) && label >= 1 && label <= 10));
  if (bad >= 0) {
    const at = bad * y.width;
    const where = y.offset === undefined ? `byte ${at} of the unpacked array` : `byte ${y.offset + at}`;
    throw rangeError(
      FN,
      `'${path}' has a wrong label of image ${bad} in array 'y' at ${where}`,
      values[bad],
      `expected 1 to 10: the file is damaged or not ${layout.format}`,
    );
  }
  return Uint8Array.from(values, (label) => label % 10);
}

/**
 * SVHN's cropped digits from a folder of its MAT-files: 32x32x3, 10 classes, class c the digit c.
 *
 * Reads `train_32x32.mat`, `test_32x32.mat` or `extra_32x32.mat`. Their images are compressed as one piece, so they are
 * unpacked into a file once (3,072 bytes an image, no more images than `limit`, beside the MAT-file if `cache` does not
 * say otherwise) and read from there; the labels are held, one byte an image. Other variables of the file are ignored.
 *
 * Source: Netzer et al., "Reading digits in natural images with unsupervised feature learning" (2011), format 2.
 *
 * @throws RangeError naming file and offset if the file is cut off, damaged, holds something else or a label that is
 * none; Error if there is no such file, or no room to unpack it.
 */
export async function readSvhn(directory: string, options: ReadSvhnOptions = {}): Promise<FileDataset> {
  requireText('readSvhn', 'the folder', directory, 'pass its path');
  checkOptions(FN, options, KEYS);
  const { split = 'train', limit = Number.POSITIVE_INFINITY, cache } = options;
  checkLimit(FN, limit);
  checkCache(FN, { cache });
  requireKind(FN, 'split', split, ['train', 'test', 'extra']);
  const file = `${split}_32x32.mat`;
  const path = findFile(FN, directory, new RegExp(`^${split}_32x32\\.mat$`), REMEDY);
  if (path === undefined) {
    const names = listFolder(FN, directory, REMEDY).map(({ name }) => name);
    throw rangeError(FN, `'${directory}' holds no ${split} images of SVHN`, names, `put ${file} there`);
  }
  const found = await findMatArrays(FN, path, ['X', 'y']);
  const [x, y] = [found.get('X'), found.get('y')];
  if (!x || !y) {
    throw rangeError(
      FN,
      `'${path}' lacks an array`,
      { X: x !== undefined, y: y !== undefined },
      `expected the arrays X and y: the file is not ${layout.format}`,
    );
  }
  const count = countImages(path, x);
  if (y.dimensions.filter((size) => size !== 1).length > 1 || y.count > MOST)
    throw wrongArray(path, y, 'N labels');
  // What the arrays say is compared before anything is unpacked.
  if (count !== y.count) {
    throw rangeError(
      FN,
      `'${path}' does not have one label an image`,
      { images: count, labels: y.count },
      'expected as many of one as of the other; fetch it again',
    );
  }
  const records = Math.min(limit, count);
  const labels = await readLabels(path, y, records);
  const images = await locateImages(x, records, { cache });
  return recordFiles({ name: `svhn/${split}`, layout, files: [images], labels });
}
