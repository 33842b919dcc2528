import { join } from 'node:path';
import type { RecordLayout } from '../../data';
import { rangeError } from '../../errors';
import { listFolder } from './folder';
import { checkLimit } from './limit';
import { type MatVariable, visitMatFile } from './mat5';
import type { FileDataset, RecordFile } from './origin';
import { recordFiles } from './record-files';
import { type UnpackOptions, unpackOnce } from './unpack';

/** Options of {@link readSvhn}. */
export interface ReadSvhnOptions extends UnpackOptions {
  /** Training images, test images, or the extra, easier ones; default `train`. */
  readonly split?: 'train' | 'test' | 'extra' | undefined;
  /** Use at most this many images, the first ones; default all there are. */
  readonly limit?: number | undefined;
}

const layout = {
  format: 'SVHN, cropped digits',
  shape: [32, 32, 3],
  classes: 10,
  order: 'columns',
  labelBytes: 0,
} as const satisfies RecordLayout;

const FN = 'readSvhn';
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

/** Where the images are: in the file itself, or unpacked. */
async function locateImages(path: string, x: MatVariable, options: UnpackOptions): Promise<RecordFile> {
  const { dimensions, offset, bytes } = x;
  const [height, width, channels, records = 1] = dimensions;
  const fits = height === 32 && width === 32 && channels === 3 && dimensions.length <= 4;
  if (!fits || !x.isBytes || records === 0) throw wrongArray(path, x, 'bytes of 32x32x3xN');
  if (offset !== undefined) return { path, offset, records };
  const unpacked = await unpackOnce(FN, path, options, bytes, () => x.pieces());
  return { path: unpacked, offset: 0, records };
}

/** Classes of the labels 1 to 10, of which 10 means the digit 0. */
async function readLabels(path: string, y: MatVariable): Promise<Uint8Array> {
  const { dimensions } = y;
  if (dimensions.filter((size) => size !== 1).length > 1 || Math.max(...dimensions) > MOST)
    throw wrongArray(path, y, 'N labels');
  const values = await y.numbers();
  const bad = values.findIndex((label) => !(Number.isInteger(label) && label >= 1 && label <= 10));
  if (bad >= 0) {
    const width = y.bytes / values.length;
    const where =
      y.offset === undefined ? `byte ${bad * width} of the unpacked array` : `byte ${y.offset + bad * width}`;
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
 * unpacked into a file once (3,072 bytes an image, beside the MAT-file if `cache` does not say otherwise) and read from
 * there; the labels are held, one byte an image.
 *
 * Source: Netzer et al., "Reading digits in natural images with unsupervised feature learning" (2011), format 2.
 *
 * @throws RangeError naming file and offset if the file is cut off, damaged, holds something else or a label that is
 * none; Error if there is no such file, or no room to unpack it.
 */
export async function readSvhn(
  directory: string,
  { split = 'train', limit = Number.POSITIVE_INFINITY, cache }: ReadSvhnOptions = {},
): Promise<FileDataset> {
  checkLimit(FN, limit);
  const file = `${split}_32x32.mat`;
  const names = listFolder(FN, directory, REMEDY).map(({ name }) => name);
  if (!names.includes(file)) {
    throw rangeError(FN, `'${directory}' holds no ${split} images of SVHN`, names, `put ${file} there`);
  }
  const path = join(directory, file);
  let images: RecordFile | undefined;
  let labels: Uint8Array | undefined;
  await visitMatFile(FN, path, async (variable) => {
    if (variable.name === 'X') images = await locateImages(path, variable, { cache });
    if (variable.name === 'y') labels = await readLabels(path, variable);
  });
  if (!images || !labels) {
    throw rangeError(
      FN,
      `'${path}' lacks an array`,
      { X: images !== undefined, y: labels !== undefined },
      `expected the arrays X and y: the file is not ${layout.format}`,
    );
  }
  if (images.records !== labels.length) {
    throw rangeError(
      FN,
      `'${path}' does not have one label an image`,
      { images: images.records, labels: labels.length },
      'expected as many of one as of the other; fetch it again',
    );
  }
  const records = Math.min(limit, images.records);
  return recordFiles({
    name: `svhn/${split}`,
    layout,
    files: [{ ...images, records }],
    labels: labels.slice(0, records),
  });
}
