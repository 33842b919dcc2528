import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rangeError } from '../../errors';
import { stream } from '../../random';
import { listFolder } from './folder';
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
  /** Name for error messages and reports; default `images`. */
  readonly name?: string | undefined;
  /** Use at most this many images; default all there are. */
  readonly limit?: number | undefined;
}

/** A data set of a folder of images. */
export interface ImageFolderDataset extends FileDataset {
  /** Names of the class folders: class c is `classNames[c]`. */
  readonly classNames: readonly string[];
}

const FN = 'readImageFolder';
const IMAGE = /\.(jpe?g|png|webp|gif|avif|tiff?)$/i;
const black = { r: 0, g: 0, b: 0 };
/** Images decoded at a time: enough to keep the library's threads busy, few enough to bound the memory. */
const TOGETHER = 8;

function sides(what: string, size: number | readonly [number, number]): readonly [number, number] {
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  if ([height, width].every((side) => Number.isInteger(side) && side! > 0)) return [height!, width!];
  throw rangeError(FN, `${what} must be a positive whole number, or two`, size, 'pass for example 32');
}

/** The images of one class, in the order of their names. */
function imagesOf(directory: string, className: string): string[] {
  const path = join(directory, className);
  const found = listFolder(FN, path, 'name only classes that have a folder')
    .filter((entry) => !entry.isDirectory() && IMAGE.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (found.length > 0) return found;
  throw rangeError(
    FN,
    `'${path}' holds no images`,
    found,
    'put files there that end in .jpg, .png, .webp, .gif, .avif or .tiff, or remove the folder',
  );
}

/** Goes through the folder: nothing is decoded. */
function index(directory: string, options: ReadImageFolderOptions): ImageFolderOrigin {
  const { size, channels = 3, fit = 'cover', resize, name = 'images' } = options;
  const { limit = Number.POSITIVE_INFINITY } = options;
  checkLimit(FN, limit);
  const [height, width] = sides('size', size);
  const scaled = resize === undefined ? ([height, width] as const) : sides('resize', resize);
  if (!['cover', 'contain', 'stretch', 'none'].includes(fit)) {
    throw rangeError(FN, 'there is no such fit', fit, "pass 'cover', 'contain', 'stretch' or 'none'");
  }
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
  const remedy = 'pass a folder that holds one folder a class';
  const classNames =
    options.classNames ??
    listFolder(FN, directory, remedy)
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  if (classNames.length === 0) throw rangeError(FN, `'${directory}' holds no folders`, classNames, remedy);
  const sorted = classNames.flatMap((className, label) =>
    imagesOf(directory, className).map((file) => ({ label, file })),
  );
  // Mixed, always in the same way, so that any range of the images holds all classes.
  const order = stream('image folder').generator().permutation(sorted.length);
  const used = order.subarray(0, Math.min(limit, sorted.length));
  return {
    name,
    shape: [height, width, channels],
    scaled,
    fit,
    directory,
    classNames: [...classNames],
    labels: Uint16Array.from(used, (at) => sorted[at]!.label),
    files: Array.from(used, (at) => sorted[at]!.file),
  };
}

/** Decodes one file to bytes of NHWC. */
async function decode(sharp: Sharp, path: string, origin: ImageFolderOrigin): Promise<Uint8Array> {
  const { shape, scaled, fit } = origin;
  const [height, width, channels] = shape;
  const fail = async (got: string, expected: string, cause?: unknown): Promise<never> => {
    const bytes = await readFile(path).then(
      ({ length }) => `${length} bytes`,
      () => 'unreadable',
    );
    throw new RangeError(`${FN}: '${path}' (${bytes}) cannot be used, got ${got}; expected ${expected}`, {
      cause,
    });
  };
  let image = sharp(path, { failOn: 'truncated' });
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
    .toBuffer({ resolveWithObject: true })
    .catch((error: Error) => fail(`'${error.message}'`, 'a whole image file', error));
  if (info.height !== height || info.width !== width || info.channels !== channels) {
    return fail(
      `${info.height}x${info.width}x${info.channels}`,
      `an image of ${shape.join('x')}, or pass another fit`,
    );
  }
  return data;
}

/** The data set of a folder that has been gone through. */
export function imageFolder(origin: ImageFolderOrigin): ImageFolderDataset {
  const { name, shape, directory, classNames, labels, files } = origin;
  const pixels = shape[0] * shape[1] * shape[2];
  return {
    name,
    size: files.length,
    shape,
    classes: classNames.length,
    classNames,
    origin: { kind: 'images', options: origin },
    async read(indices) {
      const sharp = await loadSharp(FN);
      const images = new Float32Array(indices.length * pixels);
      const found = new Int32Array(indices.length);
      const readRow = async (row: number) => {
        const at = indices[row]!;
        const file = files[at];
        if (file === undefined) {
          throw rangeError(
            'read',
            `there is no such image in '${name}'`,
            at,
            `pass indices from 0 to ${files.length - 1}`,
          );
        }
        const label = labels[at]!;
        const bytes = await decode(sharp, join(directory, classNames[label]!, file), origin);
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
 * Transparent pixels become black; the orientation of a photograph's EXIF data is ignored, as in torchvision.
 *
 * @throws RangeError if there are no class folders, or one without images. Reading throws a RangeError that names the
 * file if it is cut off or no image, and an Error if `sharp` is not installed.
 */
export async function readImageFolder(
  directory: string,
  options: ReadImageFolderOptions,
): Promise<ImageFolderDataset> {
  const origin = index(directory, options);
  await loadSharp(FN);
  return imageFolder(origin);
}
