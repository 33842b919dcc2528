import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { ImageShape, RecordLayout } from '../../data';
import { checkOptions, type OptionKeys, rangeError, requireKind, requireText } from '../../errors';
import { ByteReader, fileError, withBytes } from './byte-reader';
import { findFile, listFolder } from './folder';
import { checkLimit } from './limit';
import type { FileDataset, RecordFile } from './origin';
import { recordFiles } from './record-files';
import { checkCache, type UnpackedLength, type UnpackOptions, unpackOnce } from './unpack';

/** Options of {@link readIdx}. */
export interface ReadIdxOptions extends UnpackOptions {
  /** Name for error messages and reports; default `idx`. */
  readonly name?: string | undefined;
  /** Number of classes; labels are 0 to `classes` - 1. Default 10. */
  readonly classes?: number | undefined;
  /** Use at most this many images, the first ones; default all there are. */
  readonly limit?: number | undefined;
}

/** Options of {@link readMnist}. */
export interface ReadMnistOptions extends UnpackOptions {
  /** Training or test images; default `train`. */
  readonly split?: 'train' | 'test' | undefined;
  /** Use at most this many images, the first ones; default all there are. */
  readonly limit?: number | undefined;
}

/** The two files of {@link readIdx}. */
export interface IdxPaths {
  readonly images: string;
  readonly labels: string;
}

const PATH_KEYS = { images: true, labels: true } satisfies OptionKeys<IdxPaths>;
const IDX_KEYS = { name: true, classes: true, limit: true, cache: true } satisfies OptionKeys<ReadIdxOptions>;
const MNIST_KEYS = { split: true, limit: true, cache: true } satisfies OptionKeys<ReadMnistOptions>;

const UNSIGNED_BYTE = 0x08;
const word = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);

/** An opened idx file of bytes: its sizes, and then its content. */
interface IdxFile {
  readonly path: string;
  readonly compressed: boolean;
  readonly sizes: readonly number[];
  /** Length of the header. */
  readonly header: number;
  readonly reader: ByteReader;
}

const fetchAgain = 'fetch it again';
/** More labels than any file has; they are held. */
const MOST = 2 ** 27;
const place = ({ compressed }: { compressed: boolean }, position: number) =>
  compressed ? `byte ${position} of what it unpacks to` : `byte ${position}`;

/** Turns the end of the bytes, and what the decompression says, into an error that names the file. */
function broken(fn: string, file: Pick<IdxFile, 'path' | 'compressed' | 'reader'>, error: unknown): unknown {
  return fileError(fn, file.path, place(file, file.reader.position), error, 'a whole idx file');
}

async function isGzip(fn: string, path: string): Promise<boolean> {
  try {
    return await withBytes(path, { end: 1 }, async (pieces) => {
      for await (const [a, b] of pieces) return a === 0x1f && b === 0x8b;
      return false;
    });
  } catch (error) {
    throw fileError(fn, path, 'byte 0', error, 'an idx file');
  }
}

/** Opens a file, does something with it and closes it. */
async function withIdx<T>(
  fn: string,
  path: string,
  dimensions: readonly number[],
  use: (file: IdxFile) => Promise<T>,
): Promise<T> {
  const compressed = await isGzip(fn, path);
  return withBytes(path, { decoder: compressed ? createGunzip() : undefined }, async (pieces) => {
    const opened = { path, compressed, reader: new ByteReader(pieces) };
    try {
      const magic = await opened.reader.take(4);
      const [a, b, type, count] = magic;
      if (a !== 0 || b !== 0 || type !== UNSIGNED_BYTE || !dimensions.includes(count!)) {
        throw rangeError(
          fn,
          `'${path}' starts with the wrong four bytes`,
          [...magic],
          `expected 0, 0, 8 and ${dimensions.join(' or ')}, an idx file of bytes with so many dimensions`,
        );
      }
      const words = await opened.reader.take(4 * count!);
      const sizes = Array.from({ length: count! }, (_, i) => word(words, 4 * i));
      return await use({ ...opened, sizes, header: opened.reader.position });
    } catch (error) {
      throw broken(fn, opened, error);
    }
  });
}

/** The first bytes of a file's content, piece by piece; throws if all of it is asked for and more comes. */
async function* content(
  fn: string,
  file: IdxFile,
  { whole, wanted }: UnpackedLength,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* file.reader.pieces(wanted);
    if (wanted < whole || (await file.reader.ended())) return;
  } catch (error) {
    throw broken(fn, file, error);
  }
  throw rangeError(
    fn,
    `'${file.path}' has bytes left over from ${place(file, file.header + whole)} on`,
    { sizes: file.sizes },
    `expected it to end there; ${fetchAgain}`,
  );
}

/** Throws unless a plain file is as long as its header says. */
async function checkLength(fn: string, { path, header, sizes }: IdxFile, length: number): Promise<void> {
  const { size } = await stat(path);
  if (size === header + length) return;
  const fault =
    size < header + length
      ? `breaks off at byte ${size}`
      : `has bytes left over from byte ${header + length} on`;
  throw rangeError(
    fn,
    `'${path}' ${fault}: wrong file size`,
    size,
    `expected ${header} + ${sizes.join('x')} = ${header + length} bytes; ${fetchAgain}`,
  );
}

/** Where the first `records` images of a file are. */
async function locateImages(
  fn: string,
  file: IdxFile,
  records: number,
  options: UnpackOptions,
): Promise<RecordFile> {
  const { path, header, sizes } = file;
  const [count, ...sides] = sizes as [number, ...number[]];
  const image = sides.reduce((product, side) => product * side, 1);
  const length = { whole: count * image, wanted: records * image };
  if (!file.compressed) {
    await checkLength(fn, file, length.whole);
    return { path, offset: header, records };
  }
  const unpacked = await unpackOnce(fn, { path }, options, length, () => content(fn, file, length));
  return { path: unpacked, offset: 0, records };
}

/** The first `records` labels of a file. */
async function readLabels(fn: string, file: IdxFile, classes: number, records: number): Promise<Uint8Array> {
  const [count] = file.sizes as [number];
  if (!file.compressed) await checkLength(fn, file, count);
  const labels = new Uint8Array(records);
  let done = 0;
  for await (const piece of content(fn, file, { whole: count, wanted: records })) {
    labels.set(piece, done);
    done += piece.length;
  }
  const bad = labels.findIndex((label) => label >= classes);
  if (bad < 0) return labels;
  throw rangeError(
    fn,
    `'${file.path}' has a wrong label of image ${bad} at ${place(file, file.header + bad)}`,
    labels[bad],
    `expected 0 to ${classes - 1}; pass the right number of classes, or fetch the file again`,
  );
}

async function readPair(
  fn: string,
  paths: IdxPaths,
  { name = 'idx', classes = 10, limit = Number.POSITIVE_INFINITY, cache }: ReadIdxOptions,
): Promise<FileDataset> {
  checkLimit(fn, limit);
  checkCache(fn, { cache });
  if (!(Number.isInteger(classes) && classes >= 1 && classes <= 256)) {
    throw rangeError(fn, 'classes must be a whole number from 1 to 256', classes, 'pass for example 10');
  }
  // What the two headers say is compared before anything is unpacked.
  return withIdx(fn, paths.labels, [1], (labelFile) =>
    withIdx(fn, paths.images, [3, 4], async (imageFile) => {
      const [images, height, width, channels = 1] = imageFile.sizes as [number, number, number, number?];
      const [labelled] = labelFile.sizes as [number];
      if (images * height * width * channels === 0) {
        throw rangeError(
          fn,
          `'${paths.images}' holds no images`,
          imageFile.sizes,
          `expected positive sizes at byte 4; ${fetchAgain}`,
        );
      }
      if (images !== labelled) {
        throw rangeError(
          fn,
          `'${paths.images}' and '${paths.labels}' do not belong together`,
          { images, labels: labelled },
          'expected one label an image',
        );
      }
      const records = Math.min(limit, labelled);
      if (records > MOST) {
        throw rangeError(
          fn,
          `'${paths.labels}' declares too many labels`,
          records,
          `pass a limit of at most ${MOST}`,
        );
      }
      const shape: ImageShape = [height, width, channels];
      const layout: RecordLayout = { format: 'idx', shape, classes, order: 'interleaved', labelBytes: 0 };
      const labels = await readLabels(fn, labelFile, classes, records);
      const file = await locateImages(fn, imageFile, records, { cache });
      return recordFiles({ name, layout, files: [file], labels });
    }),
  );
}

/**
 * Images and labels from two idx files of unsigned bytes: N x height x width (one channel) or N x height x width x
 * channels, and N labels from 0 on. Either may be compressed by gzip.
 *
 * The images stay in their file until they are read. Compressed ones are unpacked into a file once, beside the original
 * if `cache` does not say otherwise, and no more of them than `limit`; the labels are held, one byte an image.
 *
 * Source: the format of LeCun, Cortes & Burges, "The MNIST database of handwritten digits" (1998).
 *
 * @throws RangeError naming file and offset if a file is cut off, damaged, too long or of another kind, a label is no
 * class, or the files do not belong together; Error if one cannot be read.
 */
export async function readIdx(paths: IdxPaths, options: ReadIdxOptions = {}): Promise<FileDataset> {
  checkOptions('readIdx', paths, PATH_KEYS);
  checkOptions('readIdx', options, IDX_KEYS);
  return readPair('readIdx', paths, options);
}

/**
 * MNIST, or a data set in the same files (Fashion-MNIST, KMNIST), from a folder: 10 classes.
 *
 * Reads `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or `t10k-...` for the test images, with or without
 * `.gz`, as {@link readIdx} does; each may lie in a folder of its own name.
 *
 * @throws RangeError and Error as {@link readIdx}.
 */
export async function readMnist(directory: string, options: ReadMnistOptions = {}): Promise<FileDataset> {
  requireText('readMnist', 'the folder', directory, 'pass its path');
  checkOptions('readMnist', options, MNIST_KEYS);
  const { split = 'train', limit, cache } = options;
  requireKind('readMnist', 'split', split, ['train', 'test']);
  const prefix = split === 'train' ? 'train' : 't10k';
  const remedy = 'pass the folder that holds train-images-idx3-ubyte and its companions';
  const find = (stem: string) => {
    // Some archives write the point of the original names. The plain file goes before the compressed one.
    const pattern = new RegExp(`^${prefix}-${stem.replace('-idx', '[-.]idx')}(\\.gz)?$`);
    const found = findFile('readMnist', directory, pattern, remedy);
    if (found !== undefined) return found;
    throw rangeError(
      'readMnist',
      `'${directory}' lacks a file of the ${split} images`,
      listFolder('readMnist', directory, remedy).map(({ name }) => name),
      `put ${prefix}-${stem} or ${prefix}-${stem}.gz there`,
    );
  };
  return readPair(
    'readMnist',
    { images: find('images-idx3-ubyte'), labels: find('labels-idx1-ubyte') },
    { name: `mnist/${split}`, limit, cache },
  );
}
