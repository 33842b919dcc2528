import { rangeError, requireObject } from '../../errors';
import type { Objects } from '../boxes/assign';
import { type CocoCategory, type CocoInstances, requireInstances } from '../coco/annotations';

/** A picture in memory. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  /** Red, green and blue of every pixel, 0 to 255, row by row. */
  readonly pixels: ArrayLike<number>;
}

/** Pictures with boxes. */
export interface DetectionDataset {
  readonly name: string;
  /** Number of pictures. */
  readonly size: number;
  /** Pictures, objects and categories in COCO's form; `images` in the order of the data set. */
  readonly instances: CocoInstances;
  /** A picture by its place, as small as the detector is to see it. */
  read(index: number): Promise<Picture>;
}

/** The categories in the order of a detector's classes: ascending by number, without the holes. */
export const classesOf = ({ categories }: CocoInstances): readonly CocoCategory[] =>
  [...categories].sort((a, b) => a.id - b.id);

/** Refuses what is no data set of pictures with boxes. */
export function checkDetectionDataset(fn: string, dataset: DetectionDataset, what: string): void {
  const remedy = 'pass what readCoco() returns';
  requireObject(fn, what, dataset, remedy, 'name', 'size', 'instances', 'read');
  requireInstances(`${fn}, ${what}`, dataset.instances);
  const { images } = dataset.instances;
  if (images.length !== dataset.size || images.length === 0)
    throw rangeError(fn, `${what} must have as many pictures as images`, dataset.size, remedy);
}

/** Sides that no object is taught below, in pixels of the picture as the detector sees it. */
const LEAST = 1;

/** By the place of a picture, what is to be found in it, in pixels of the picture at a given size. */
export function objectsBy({
  instances,
}: DetectionDataset): (index: number, picture: Picture, flip: boolean) => Objects {
  const classes = new Map(classesOf(instances).map(({ id }, i) => [id, i]));
  const byImage = new Map<number, (typeof instances.annotations)[number][]>();
  for (const annotation of instances.annotations) {
    const list = byImage.get(annotation.image_id) ?? [];
    byImage.set(annotation.image_id, list);
    list.push(annotation);
  }
  return (index, { height, width }, flip) => {
    const image = instances.images[index]!;
    const [sx, sy] = [width / image.width, height / image.height];
    const cornersOf = ([x, y, w, h]: readonly number[]) => {
      const [left, right] = [x! * sx, (x! + w!) * sx];
      return flip
        ? [width - right, y! * sy, width - left, (y! + h!) * sy]
        : [left, y! * sy, right, (y! + h!) * sy];
    };
    const seen = (byImage.get(image.id) ?? []).filter(
      ({ bbox }) => bbox[2] * sx >= LEAST && bbox[3] * sy >= LEAST,
    );
    const taught = seen.filter(({ iscrowd }) => !iscrowd);
    return {
      boxes: Float32Array.from(taught.flatMap(({ bbox }) => cornersOf(bbox))),
      classes: taught.map(({ category_id }) => classes.get(category_id)!),
      crowds: Float32Array.from(seen.filter(({ iscrowd }) => iscrowd).flatMap(({ bbox }) => cornersOf(bbox))),
    };
  };
}
