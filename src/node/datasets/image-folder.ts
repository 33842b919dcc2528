import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkIndex } from '../../data/check';
import { checkOptions, type OptionKeys, rangeError, requireKind } from '../../errors';
import { stream } from '../../random';
import { findClasses, findImages, refuseUnreadable, type SkippedFile } from './image-files';
import { checkLimit } from './limit';
import type { FileDataset, ImageFit, ImageFolderOrigin } from './origin';
import { loadSharp, type Sharp } from './sharp';

/** Options of {@link readImageFolder}. */
export interface ReadImageFolderOptions {
  /** Height and width of the images, or one number for both. */
  readonly size: number | readonly [height: number, width: number];
  /** 3 for colour, 1 for grey; default 3. */
  readonly channels?: 1 | 3 | undefined;
  /** How images are brought to the size; default `cover`. */
  readonly fit?: ImageFit | undefined;
  /**
   * Scale to this height and width, or one number for both, and then cut the middle of `size` out: 256 with a size of
   * 224 is what ImageNet is evaluated with. Default: `size`, so that nothing more is cut.
   */
  readonly resize?: number | readonly [height: number, width: number] | undefined;
  /** Names of the class folders, in the order of the classes; default all folders, in the order of their names. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * What to do about pictures of kinds that are not decoded (`.bmp`, `.ppm`, `.heic`) and links to nothing: `refuse` the
   * folder, or `skip` them; default `refuse`.
   */
  readonly unreadable?: 'refuse' | 'skip' | undefined;
  /** Name for error messages and reports; default `images`. */
  readonly name?: string | undefined;
  /** Use at most this many images; default all there are. */
  readonly limit?: number | undefined;
}

const KEYS = {
  size: true,
  channels: true,
  fit: true,
  resize: true,
  classNames: true,
  unreadable: true,
  name: true,
  limit: true,
} satisfies OptionKeys<ReadImageFolderOptions>;

/** A data set of a folder of images. */
export interface ImageFolderDataset extends FileDataset {
  /** Names of the class folders: class c is `classNames[c]`. */
  readonly classNames: readonly string[];
  /** All that is in the folder and not in the data set, but for images beyond `limit`. */
  readonly skipped: readonly SkippedFile[];
}

const FN = 'readImageFolder';
const black = { r: 0, g: 0, b: 0 };
/** Images decoded at a time: enough to keep the library's threads busy, few enough to bound the memory. */
const TOGETHER = 8;

function sides(what: string, size: number | readonly [number, number]): readonly [number, number] {
  const [height, width] = Array.isArray(size) ? (size as readonly number[]) : [size, size];
  if ([height, width].every((side) => Number.isInteger(side) && (side as number) > 0))
    return [height as number, width as number];
  throw rangeError(FN, `${what} must be a positive whole number, or two`, size, 'pass for example 32');
}

/** Goes through the folder: nothing is decoded. */
function index(
  directory: string,
  options: ReadImageFolderOptions,
): { readonly origin: ImageFolderOrigin; readonly skipped: readonly SkippedFile[] } {
  checkOptions(FN, options, KEYS);
  const { size, channels = 3, fit = 'cover', resize, name = 'images' } = options;
  const { classNames: wanted, unreadable = 'refuse', limit = Number.POSITIVE_INFINITY } = options;
  checkLimit(FN, limit);
  const [height, width] = sides('size', size);
  const scaled = resize === undefined ? ([height, width] as const) : sides('resize', resize);
  requireKind(FN, 'fit', fit, ['cover', 'contain', 'stretch', 'none']);
  requireKind(FN, 'unreadable', unreadable, ['refuse', 'skip']);
  if (scaled[0] < height || scaled[1] < width || (fit === 'none' && resize !== undefined)) {
    throw rangeError(
      FN,
      'resize must leave at least the size to cut out',
      { resize, size, fit },
      'pass a larger resize, or leave it out',
    );
  }
  if (channels !== 1 && channels !== 3) {
    throw rangeError(FN, 'channels must be 1 or 3', channels, 'pass 3 for colour, 1 for grey');
  }
  if (wanted !== undefined && !(Array.isArray(wanted) && new Set(wanted).size === wanted.length)) {
    throw rangeError(FN, 'classNames must be a list of different names', wanted, 'name each class once');
  }
  const { classNames, skipped: beside } = findClasses(FN, directory, wanted);
  const skipped = [...beside];
  const sorted = classNames.flatMap((className, label) =>
    findImages(FN, directory, className, skipped).map((file) => ({ label, file })),
  );
  if (unreadable === 'refuse') refuseUnreadable(FN, directory, skipped);
  // Mixed, always in the same way, so that any range of the images holds all classes.
  const order = stream('image folder').generator().permutation(sorted.length);
  const used = order.subarray(0, Math.min(limit, sorted.length));
  const origin = {
    name,
    shape: [height, width, channels] as const,
    scaled,
    fit,
    directory,
    classNames,
    labels: Int32Array.from(used, (at) => sorted[at]!.label),
    files: Array.from(used, (at) => sorted[at]!.file),
  };
  return { origin, skipped };
}

/** TIFF files, whose pixels may be numbers of any kind, start so. */
const TIFF = /^(II[*+]\0|MM\0[*+])/;

/** Decodes one file to bytes of NHWC. */
async function decode(sharp: Sharp, path: string, origin: ImageFolderOrigin): Promise<Uint8Array> {
  const { shape, scaled, fit } = origin;
  const [height, width, channels] = shape;
  const fail = (size: string, got: string, expected: string, cause?: unknown) =>
    new RangeError(`${FN}: '${path}' (${size}) cannot be used, got ${got}; expected ${expected}`, { cause });
  // Read here: the library keeps what it has decoded under the name of the file, which may have changed.
  const file = await readFile(path).catch((error: Error) => {
    throw fail('unreadable', `'${error.message}'`, 'a whole image file', error);
  });
  const size = `${file.length} bytes`;
  try {
    const input = sharp(file, { failOn: 'truncated' });
    if (TIFF.test(file.toString('latin1', 0, 4))) {
      const { depth } = await input.metadata();
      if (depth !== 'uchar' && depth !== 'ushort')
        throw fail(size, `pixels of the type '${depth}'`, 'unsigned integers of 8 or 16 bits');
    }
    let image = input;
    if (fit !== 'none') {
      image = image.resize({
        height: scaled[0],
        width: scaled[1],
        fit: fit === 'stretch' ? 'fill' : fit,
        position: 'centre',
        kernel: 'lanczos3',
        background: black,
      });
      if (scaled[0] !== height || scaled[1] !== width) {
        const middle = {
          top: Math.floor((scaled[0] - height) / 2),
          left: Math.floor((scaled[1] - width) / 2),
        };
        image = image.extract({ ...middle, height, width });
      }
    }
    const { data, info } = await image
      .flatten({ background: black })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.height === height && info.width === width && info.channels === channels) return data;
    throw fail(
      size,
      `${info.height}x${info.width}x${info.channels}`,
      `an image of ${shape.join('x')}, or pass another fit`,
    );
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw fail(size, `'${(error as Error).message}'`, 'a whole image file', error);
  }
}

/** The data set of a folder that has been gone through. */
export function imageFolder(
  origin: ImageFolderOrigin,
  skipped: readonly SkippedFile[] = [],
): ImageFolderDataset {
  const { name, shape, directory, classNames, labels, files } = origin;
  const pixels = shape[0] * shape[1] * shape[2];
  return {
    name,
    size: files.length,
    shape,
    classes: classNames.length,
    classNames,
    skipped,
    origin: { kind: 'images', options: origin },
    async read(indices) {
      const sharp = await loadSharp(FN);
      const images = new Float32Array(indices.length * pixels);
      const found = new Int32Array(indices.length);
      const readRow = async (row: number) => {
        const at = indices[row]!;
        checkIndex('read', name, files.length, at);
        const label = labels[at]!;
        const bytes = await decode(sharp, join(directory, classNames[label]!, files[at]!), origin);
        for (let i = 0; i < pixels; i++) images[row * pixels + i] = bytes[i]! * (1 / 255);
        found[row] = label;
      };
      for (let row = 0; row < indices.length; row += TOGETHER) {
        const rows = Array.from({ length: Math.min(TOGETHER, indices.length - row) }, (_, i) => row + i);
        await Promise.all(rows.map(readRow));
      }
      return { images, labels: found };
    },
  };
}

/**
 * Images sorted into one folder a class, decoded by the package `sharp` (an optional peer: `npm install sharp`).
 *
 * The folder is gone through once; images are decoded when they are read, and none are kept. They come in an order that
 * mixes the classes and is always the same for the same names, so `split` and `subset` give parts with all classes.
 * Transparent pixels become black; the orientation of a photograph's EXIF data is ignored, as in torchvision, and of an
 * animation the first picture is taken. Folders in a class folder belong to the class, links are followed. What is not
 * read is named: in `skipped`, or in an error if it is a picture.
 *
 * @throws RangeError if there are no class folders, one without images, or pictures that cannot be read. Reading throws a
 * RangeError that names the file if it is cut off, no image, or of pixels that are no unsigned integers, and an Error if
 * `sharp` is not installed.
 */
export async function readImageFolder(
  directory: string,
  options: ReadImageFolderOptions,
): Promise<ImageFolderDataset> {
  const { origin, skipped } = index(directory, options);
  await loadSharp(FN);
  return imageFolder(origin, skipped);
}
