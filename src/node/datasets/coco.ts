import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CocoInstances, DetectionDataset, Picture } from '../../detection';
import { requireInstances } from '../../detection/coco/annotations';
import { checkOptions, type OptionKeys, rangeError, requireText } from '../../errors';
import { checkLimit } from './limit';
import { loadSharp } from './sharp';

/** Options of {@link readCoco}. */
export interface ReadCocoOptions {
  /** Most pixels of a picture's shorter side. Default 800. */
  readonly short?: number;
  /** Most pixels of its longer side. Default 1333. */
  readonly long?: number;
  /** Take only the first pictures. Default all. */
  readonly limit?: number;
  /** What becomes of boxes of no size, or outside their picture: COCO's own training part has some. Default `'refuse'`. */
  readonly badBoxes?: 'refuse' | 'skip';
}

const FN = 'readCoco';
const KEYS = {
  short: 'count',
  long: 'count',
  limit: true,
  badBoxes: ['refuse', 'skip'],
} satisfies OptionKeys<ReadCocoOptions>;
const EDGE = 1;

/**
 * Pictures with boxes in COCO's form, decoded by the package `sharp` (an optional peer: `npm install sharp`) when they are
 * read, and made as large as the two limits allow, with their ratio kept.
 *
 * @param annotations - An instances file of COCO.
 * @param images - The folder of its pictures.
 * @throws Error if the file cannot be read; RangeError or TypeError that names what is damaged in it: no JSON, boxes that are
 * none, of no size or outside their picture, pictures that are not in the folder. Reading throws a RangeError that names a
 * picture that cannot be decoded or is of another size than its entry.
 */
export async function readCoco(
  annotations: string,
  images: string,
  options: ReadCocoOptions = {},
): Promise<DetectionDataset> {
  requireText(FN, 'annotations', annotations, 'pass the path of an instances file');
  requireText(FN, 'images', images, 'pass the path of the folder of its pictures');
  const { short = 800, long = 1333, limit, badBoxes = 'refuse' } = checkOptions(FN, options, KEYS);
  checkLimit(FN, limit ?? Number.POSITIVE_INFINITY);
  const given = limited(parse(annotations, await textOf(annotations)), limit);
  const instances = checkBoxes(annotations, given, badBoxes);
  const missing = instances.images.find(({ file_name }) => !existsSync(join(images, file_name)));
  if (missing)
    throw rangeError(
      FN,
      `'${images}' lacks pictures of '${annotations}'`,
      missing.file_name,
      'pass their folder',
    );
  const sharp = await loadSharp(FN);
  return {
    name: annotations.replace(/^.*[\\/]/, '').replace(/\.json$/, ''),
    size: instances.images.length,
    instances,
    async read(index): Promise<Picture> {
      const image = instances.images[index];
      if (!image)
        throw rangeError(FN, `there are ${instances.images.length} pictures`, index, 'pass the place of one');
      const path = join(images, image.file_name);
      const scale = Math.min(
        long / Math.max(image.width, image.height),
        short / Math.min(image.width, image.height),
      );
      const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
      const [width, height] = [side(image.width), side(image.height)];
      const damaged = (what: string, cause?: unknown) =>
        new RangeError(`${FN}: '${path}' cannot be used, got ${what}; expected a whole picture`, { cause });
      try {
        const file = await readFile(path);
        const source = sharp(file, { failOn: 'truncated' });
        const real = await source.metadata();
        if (real.width !== image.width || real.height !== image.height)
          throw damaged(`${real.width}x${real.height} where its entry says ${image.width}x${image.height}`);
        const { data } = await source
          .resize({
            width,
            height,
            fit: 'fill',
            position: 'centre',
            kernel: 'lanczos3',
            background: { r: 0, g: 0, b: 0 },
          })
          .flatten({ background: { r: 0, g: 0, b: 0 } })
          .toColourspace('srgb')
          .raw({ depth: 'uchar' })
          .toBuffer({ resolveWithObject: true });
        return { width, height, pixels: data };
      } catch (error) {
        if (error instanceof RangeError) throw error;
        throw damaged(`'${(error as Error).message}'`, error);
      }
    },
  };
}

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: Error) => {
    throw new Error(`${FN}: '${path}' cannot be read, got ${error.message}; pass an instances file`, {
      cause: error,
    });
  });

function parse(path: string, text: string): CocoInstances {
  try {
    const instances = JSON.parse(text) as CocoInstances;
    requireInstances(FN, instances);
    return instances;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw rangeError(
      FN,
      `'${path}' must hold JSON`,
      `'${error.message}' in ${text.length} characters`,
      'take it whole',
    );
  }
}

function limited(instances: CocoInstances, limit: number | undefined): CocoInstances {
  if (limit === undefined) return instances;
  const images = instances.images.slice(0, limit);
  const kept = new Set(images.map(({ id }) => id));
  return {
    ...instances,
    images,
    annotations: instances.annotations.filter(({ image_id }) => kept.has(image_id)),
  };
}

/** Refuses or leaves out boxes of no size, and those that reach out of their picture by more than rounding. */
function checkBoxes(path: string, instances: CocoInstances, badBoxes: 'refuse' | 'skip'): CocoInstances {
  const byId = new Map(instances.images.map((image) => [image.id, image]));
  const annotations = instances.annotations.filter(({ id, image_id, bbox }) => {
    const { width, height } = byId.get(image_id)!;
    const [x, y, w, h] = bbox;
    const outside = x < -EDGE || y < -EDGE || x + w > width + EDGE || y + h > height + EDGE;
    const fault =
      w === 0 || h === 0
        ? 'has no size'
        : outside
          ? `must lie in its picture of ${width}x${height}`
          : undefined;
    if (fault !== undefined && badBoxes === 'refuse')
      throw rangeError(
        FN,
        `the box of annotation ${id} in '${path}' ${fault}`,
        bbox,
        "correct it, or pass badBoxes: 'skip'",
      );
    return fault === undefined;
  });
  return { ...instances, annotations };
}
