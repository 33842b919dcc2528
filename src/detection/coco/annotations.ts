import { rangeError, requireList, requireObject, typeError } from '../../errors';

/** A box as COCO writes it: left edge, top edge, width and height, in pixels from the picture's upper left corner. */
export type CocoBox = readonly [x: number, y: number, width: number, height: number];

/** A picture of a data set in COCO's form. */
export interface CocoImage {
  readonly id: number;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
}

/** One object in one picture. */
export interface CocoAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: CocoBox;
  /** Area of the object's outline in pixels, which decides its size class; not that of its box. */
  readonly area: number;
  /** 1 for a region with many objects that nobody told apart. Default 0. */
  readonly iscrowd?: 0 | 1 | undefined;
}

/** A kind of object. Numbers may have holes: COCO's 80 categories go from 1 to 90. */
export interface CocoCategory {
  readonly id: number;
  readonly name: string;
}

/** What an instances file of COCO holds, as far as boxes need it. */
export interface CocoInstances {
  readonly images: readonly CocoImage[];
  readonly annotations: readonly CocoAnnotation[];
  readonly categories: readonly CocoCategory[];
}

/** A box that a detector found: a line of COCO's results format. */
export interface CocoDetection {
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: CocoBox;
  /** How sure the detector is; only the order matters. */
  readonly score: number;
}

/** Finite numbers `[x, y, width, height]` whose sizes are not negative. */
function requireBox(fn: string, what: string, box: unknown): void {
  if (!Array.isArray(box) || box.length !== 4 || !box.every(Number.isFinite) || box[2] < 0 || box[3] < 0) {
    throw rangeError(
      fn,
      `the bbox of ${what} must be [x, y, width, height] in pixels`,
      box,
      'correct it; width and height are sizes, not the other corner',
    );
  }
}

/** Whole numbers that occur once. */
function requireIds(fn: string, what: string, items: readonly { readonly id: number }[]): Set<number> {
  const ids = new Set<number>();
  for (const { id } of items) {
    if (!Number.isInteger(id) || ids.has(id)) {
      throw rangeError(
        fn,
        `every one of ${what} must have a whole number of its own as id`,
        id,
        'renumber them',
      );
    }
    ids.add(id);
  }
  return ids;
}

/** The ids of a set, which annotations and detections name. */
export interface CocoIds {
  readonly images: ReadonlySet<number>;
  readonly categories: ReadonlySet<number>;
}

/** Refuses an id that is not among those there are. */
function requireKnown(fn: string, ids: ReadonlySet<number>, id: number, fault: string, remedy: string): void {
  if (!ids.has(id)) throw rangeError(fn, fault, id, remedy);
}

/**
 * Refuses what is not in the form of a COCO instances file: numbers that occur twice, objects of pictures or categories
 * that are not there, boxes that are none.
 *
 * @returns The ids of its images and categories.
 * @throws TypeError or RangeError that names the first entry that is wrong.
 */
export function requireInstances(fn: string, instances: CocoInstances): CocoIds {
  const remedy = 'pass what a COCO instances file holds: { images, annotations, categories }';
  requireObject(fn, 'the annotations', instances, remedy, 'images', 'annotations', 'categories');
  const { images, annotations, categories } = instances;
  for (const [what, list] of Object.entries({ images, annotations, categories })) {
    requireList(fn, what, list, remedy);
    for (const [i, item] of list.entries()) requireObject(fn, `${what}[${i}]`, item, remedy, 'id');
  }
  const ids = {
    images: requireIds(fn, 'images', images),
    categories: requireIds(fn, 'categories', categories),
  };
  requireIds(fn, 'annotations', annotations);
  for (const { id, name } of categories) {
    if (typeof name !== 'string') throw typeError(fn, `category ${id} must have a name`, name, 'give it one');
  }
  for (const { id, width, height } of images) {
    if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0)) {
      throw rangeError(
        fn,
        `image ${id} must have a width and a height`,
        [width, height],
        'give them in pixels',
      );
    }
  }
  for (const annotation of annotations) {
    const { id, image_id, category_id, bbox, area, iscrowd = 0 } = annotation;
    const what = `annotation ${id} of image ${image_id}`;
    requireKnown(
      fn,
      ids.images,
      image_id,
      `${what} is of an image that is not among images`,
      'add the image',
    );
    requireKnown(
      fn,
      ids.categories,
      category_id,
      `${what} is of a category that is not among categories`,
      'add the category',
    );
    requireBox(fn, what, bbox);
    if (!Number.isFinite(area) || area < 0) {
      throw rangeError(fn, `${what} must have an area`, area, 'give the pixels that the object covers');
    }
    if (iscrowd !== 0 && iscrowd !== 1) {
      throw rangeError(fn, `iscrowd of ${what} must be 0 or 1`, iscrowd, 'correct it, or leave it out for 0');
    }
  }
  return ids;
}

/** Refuses detections that are not in the form of COCO's results, or of pictures or categories that are not there. */
export function requireDetections(fn: string, detections: readonly CocoDetection[], ids: CocoIds): void {
  requireList(fn, 'the detections', detections, 'pass [{ image_id, category_id, bbox, score }, ...]');
  for (const [i, detection] of detections.entries()) {
    const what = `detection ${i}`;
    requireObject(fn, what, detection, 'pass { image_id, category_id, bbox, score }');
    const { image_id, category_id, bbox, score } = detection;
    requireKnown(
      fn,
      ids.images,
      image_id,
      `${what} is of an image that the annotations do not have`,
      'pass the id of an image',
    );
    requireKnown(
      fn,
      ids.categories,
      category_id,
      `${what} is of a category that the annotations do not have`,
      'pass the id of a category, which is not its place in the list',
    );
    requireBox(fn, what, bbox);
    if (!Number.isFinite(score))
      throw rangeError(fn, `${what} must have a finite score`, score, 'correct it');
  }
}
