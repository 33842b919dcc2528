import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ImageShape, RecordLayout } from '../../data';
import { rangeError } from '../../errors';
import { ByteReader, EndOfBytes } from './byte-reader';
import { listFolder } from './folder';
import { checkLimit } from './limit';
import type { FileDataset, RecordFile } from './origin';
import { recordFiles } from './record-files';
import { type UnpackOptions, unpackOnce } from './unpack';

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
const place = ({ compressed }: { compressed: boolean }, position: number) =>
  compressed ? `byte ${position} of what it unpacks to` : `byte ${position}`;

/** Turns the end of the bytes, and what the decompression says, into an error that names the file. */
function broken(fn: string, file: Pick<IdxFile, 'path' | 'compressed' | 'reader'>, error: unknown): unknown {
  const isZlib = (error as NodeJS.ErrnoException).code?.startsWith('Z_');
  if (!(error instanceof EndOfBytes) && !isZlib) return error;
  return rangeError(
    fn,
    `'${file.path}' breaks off or is damaged at ${place(file, file.reader.position)}`,
    (error as Error).message,
    `expected a whole idx file; ${fetchAgain}`,
  );
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

/** Opens a file, does something with it and closes it. */
async function withIdx<T>(
  fn: string,
  path: string,
  dimensions: readonly number[],
  use: (file: IdxFile) => Promise<T>,
): Promise<T> {
  const compressed = await isGzip(path).catch((error: Error) => {
    throw new Error(`${fn}: '${path}' cannot be read, got ${error.message}; pass the path of an idx file`, {
      cause: error,
    });
  });
  const stream = createReadStream(path);
  // Errors of the file reach the reader through the stream it reads from.
  const reader = new ByteReader(compressed ? pipeline(stream, createGunzip(), () => undefined) : stream);
  const opened = { path, compressed, reader };
  try {
    const magic = await reader.take(4);
    const [a, b, type, count] = magic;
    if (a !== 0 || b !== 0 || type !== UNSIGNED_BYTE || !dimensions.includes(count!)) {
      throw rangeError(
        fn,
        `'${path}' starts with the wrong four bytes`,
        [...magic],
        `expected 0, 0, 8 and ${dimensions.join(' or ')}, an idx file of bytes with so many dimensions`,
      );
    }
    const header = 4 + 4 * count!;
    const words = await reader.take(header - 4);
    const sizes = Array.from({ length: count! }, (_, i) => word(words, 4 * i));
    return await use({ ...opened, sizes, header });
  } catch (error) {
    throw broken(fn, opened, error);
  } finally {
    await reader.close();
  }
}

/** The content of a file, piece by piece; throws unless it is just as long as the header says. */
async function* content(
  fn: string,
  file: IdxFile,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* file.reader.pieces(length);
    if (await file.reader.ended()) return;
  } catch (error) {
    throw broken(fn, file, error);
  }
  throw rangeError(
    fn,
    `'${file.path}' has bytes left over from ${place(file, file.header + length)} on`,
    { sizes: file.sizes },
    `expected it to end there; ${fetchAgain}`,
  );
}

/** Throws unless a plain file is as long as its header says. */
async function checkLength(fn: string, { path, header, sizes }: IdxFile, length: number): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
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
  } finally {
    await handle.close();
  }
}

/** Where the images of a file are, and their shape. */
function locateImages(
  fn: string,
  path: string,
  options: UnpackOptions,
): Promise<RecordFile & { readonly shape: ImageShape }> {
  return withIdx(fn, path, [3, 4], async (file) => {
    const [records, height, width, channels = 1] = file.sizes as [number, number, number, number?];
    const length = records * height * width * channels;
    if (length === 0) {
      throw rangeError(
        fn,
        `'${path}' holds no images`,
        file.sizes,
        `expected positive sizes at byte 4; ${fetchAgain}`,
      );
    }
    const shape: ImageShape = [height, width, channels];
    if (!file.compressed) {
      await checkLength(fn, file, length);
      return { path, offset: file.header, records, shape };
    }
    const unpacked = await unpackOnce(fn, path, options, length, () => content(fn, file, length));
    return { path: unpacked, offset: 0, records, shape };
  });
}

function readLabels(fn: string, path: string, classes: number): Promise<Uint8Array> {
  return withIdx(fn, path, [1], async (file) => {
    const [count] = file.sizes as [number];
    if (!file.compressed) await checkLength(fn, file, count);
    // Joined at the end, since a damaged header may ask for any length.
    const pieces: Uint8Array[] = [];
    for await (const piece of content(fn, file, count)) pieces.push(piece);
    const labels = new Uint8Array(Buffer.concat(pieces));
    const bad = labels.findIndex((label) => label >= classes);
    if (bad < 0) return labels;
    throw rangeError(
      fn,
      `'${path}' has a wrong label of image ${bad} at ${place(file, file.header + bad)}`,
      labels[bad],
      `expected 0 to ${classes - 1}; pass the right number of classes, or fetch the file again`,
    );
  });
}

async function readPair(
  fn: string,
  paths: { readonly images: string; readonly labels: string },
  { name = 'idx', classes = 10, limit = Number.POSITIVE_INFINITY, cache }: ReadIdxOptions,
): Promise<FileDataset> {
  checkLimit(fn, limit);
  if (!(Number.isInteger(classes) && classes >= 1 && classes <= 256)) {
    throw rangeError(fn, 'classes must be a whole number from 1 to 256', classes, 'pass for example 10');
  }
  const labels = await readLabels(fn, paths.labels, classes);
  const { shape, ...file } = await locateImages(fn, paths.images, { cache });
  if (file.records !== labels.length) {
    throw rangeError(
      fn,
      `'${paths.images}' and '${paths.labels}' do not belong together`,
      { images: file.records, labels: labels.length },
      'expected one label an image',
    );
  }
  const records = Math.min(limit, labels.length);
  const layout: RecordLayout = { format: 'idx', shape, classes, order: 'interleaved', labelBytes: 0 };
  return recordFiles({
    name,
    layout,
    files: [{ ...file, records }],
    labels: labels.slice(0, records),
  });
}

/**
 * Images and labels from two idx files of unsigned bytes: N x height x width (one channel) or N x height x width x
 * channels, and N labels from 0 on. Either may be compressed by gzip.
 *
 * The images stay in their file until they are read. Compressed ones are unpacked into a file once, beside the original
 * if `cache` does not say otherwise; the labels are held, one byte an image.
 *
 * Source: the format of LeCun, Cortes & Burges, "The MNIST database of handwritten digits" (1998).
 *
 * @throws RangeError naming file and offset if a file is cut off, damaged, too long or of another kind, a label is no
 * class, or the files do not belong together; Error if one cannot be read.
 */
export function readIdx(
  paths: { readonly images: string; readonly labels: string },
  options: ReadIdxOptions = {},
): Promise<FileDataset> {
  return readPair('readIdx', paths, options);
}

/**
 * MNIST, or a data set in the same files (Fashion-MNIST, KMNIST), from a folder: 10 classes.
 *
 * Reads `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or `t10k-...` for the test images, with or without
 * `.gz`, as {@link readIdx} does.
 *
 * @throws RangeError and Error as {@link readIdx}.
 */
export async function readMnist(
  directory: string,
  { split = 'train', limit, cache }: ReadMnistOptions = {},
): Promise<FileDataset> {
  const prefix = split === 'train' ? 'train' : 't10k';
  const remedy = 'pass the folder that holds train-images-idx3-ubyte and its companions';
  const names = listFolder('readMnist', directory, remedy).map(({ name }) => name);
  const find = (stem: string) => {
    // Some archives write the point of the original names.
    const pattern = new RegExp(`^${prefix}-${stem.replace('-idx', '[-.]idx')}(\\.gz)?$`);
    // The plain file goes before the compressed one.
    const [found] = names.filter((name) => pattern.test(name)).sort((a, b) => a.length - b.length);
    if (found !== undefined) return join(directory, found);
    throw rangeError(
      'readMnist',
      `'${directory}' lacks a file of the ${split} images`,
      names,
      `put ${prefix}-${stem} or ${prefix}-${stem}.gz there`,
    );
  };
  return readPair(
    'readMnist',
    { images: find('images-idx3-ubyte'), labels: find('labels-idx1-ubyte') },
    { name: `mnist/${split}`, limit, cache },
  );
}
