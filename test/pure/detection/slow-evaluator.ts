import type { CocoAnnotation, CocoBox, CocoDetection, CocoInstances } from '../../../src/detection';

type Range = readonly [number, number];

/** Corners first, and the union by inclusion and exclusion of a grid-free sweep: nothing is shared with the library. */
function shareOf(found: CocoBox, object: CocoBox, crowd: boolean): number {
  const right = Math.min(found[0] + found[2], object[0] + object[2]);
  const bottom = Math.min(found[1] + found[3], object[1] + object[3]);
  const width = right - Math.max(found[0], object[0]);
  const height = bottom - Math.max(found[1], object[1]);
  if (!(width > 0 && height > 0)) return 0;
  const area = (box: CocoBox) => box[2] * box[3];
  const both = width * height;
  return crowd ? both / area(found) : both / (area(found) + area(object) - both);
}

/** The best by a measure; of equals the last. */
function best<T>(items: readonly T[], measure: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (top, item) => (top === undefined || measure(item) >= measure(top) ? item : top),
    undefined,
  );
}

/**
 * AP and recall by their definition, one category, overlap and range of sizes at a time: every recall looks at every prefix
 * of the ranked boxes. Undefined where there is nothing to find.
 */
export function slowScore(
  { annotations }: CocoInstances,
  detections: readonly CocoDetection[],
  category: number,
  threshold: number,
  [least, most]: Range,
  boxes: number,
): { precision: number; recall: number } | undefined {
  const objects = annotations.filter((object) => object.category_id === category);
  const counts = (object: CocoAnnotation) => !object.iscrowd && object.area >= least && object.area <= most;
  const total = objects.filter(counts).length;
  if (total === 0) return undefined;

  const rank = (a: CocoDetection, b: CocoDetection) => b.score - a.score;
  const byImage = [...detections].sort((a, b) => a.image_id - b.image_id);
  const mine = byImage.filter((box) => box.category_id === category);
  const images = [...new Set(mine.map((box) => box.image_id))];
  const kept = images
    .flatMap((image) =>
      mine
        .filter((box) => box.image_id === image)
        .sort(rank)
        .slice(0, boxes),
    )
    .sort(rank);

  const used = new Set<CocoAnnotation>();
  const outcomes = kept.map((box): boolean | undefined => {
    const share = (object: CocoAnnotation) => shareOf(box.bbox, object.bbox, object.iscrowd === 1);
    const reached = objects.filter(
      (object) =>
        object.image_id === box.image_id &&
        (object.iscrowd === 1 || !used.has(object)) &&
        share(object) >= Math.min(threshold, 1 - 1e-10),
    );
    const real = best(reached.filter(counts), share);
    const match = real ?? best(reached, share);
    if (match) used.add(match);
    if (match) return real ? true : undefined;
    const area = box.bbox[2] * box.bbox[3];
    return area < least || area > most ? undefined : false;
  });

  const prefixes = outcomes.map((_, i) => {
    const prefix = outcomes.slice(0, i + 1);
    const right = prefix.filter((outcome) => outcome === true).length;
    const wrong = prefix.filter((outcome) => outcome === false).length;
    return { recall: right / total, precision: right + wrong === 0 ? 0 : right / (right + wrong) };
  });
  const recalls = Array.from({ length: 101 }, (_, i) => i / 100);
  const at = (recall: number) =>
    Math.max(
      0,
      ...prefixes.filter((point) => point.recall >= recall - 1e-12).map((point) => point.precision),
    );
  return {
    precision: recalls.reduce((sum, recall) => sum + at(recall), 0) / recalls.length,
    recall: prefixes.at(-1)?.recall ?? 0,
  };
}
