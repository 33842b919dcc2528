import type { CocoAnnotation, CocoDetection } from './annotations';
import { overlap } from './overlap';

/** Objects of one category in one picture, and what was found of it, strongest first. */
export interface Scene {
  readonly objects: readonly CocoAnnotation[];
  readonly found: readonly CocoDetection[];
  /** `overlaps[d][g]` of found box d and object g. */
  readonly overlaps: readonly (readonly number[])[];
}

/** What became of the boxes found in a scene, at one threshold of overlap and among objects of one range of areas. */
export interface Matches {
  /** Objects that count: no crowds, and of the range. */
  readonly objects: number;
  readonly scores: readonly number[];
  /** Whether each box has found an object. */
  readonly hits: readonly boolean[];
  /** Whether a box counts neither way: it found a crowd, or an object of another range, or nothing and is itself of another. */
  readonly ignored: readonly boolean[];
}

/** Areas in square pixels, both ends included. */
export type AreaRange = readonly [least: number, most: number];

/** The boxes of a scene, by falling score; equal scores keep their order. */
export function sceneOf(
  objects: readonly CocoAnnotation[],
  detections: readonly CocoDetection[],
  most: number,
): Scene {
  const found = [...detections].sort((a, b) => b.score - a.score).slice(0, most);
  const overlaps = found.map(({ bbox }) =>
    objects.map((object) => overlap(bbox, object.bbox, object.iscrowd === 1)),
  );
  return { objects, found, overlaps };
}

/**
 * Gives each box, strongest first, the free object that it overlaps most, at least by the threshold; a crowd is never taken.
 * Objects that do not count come second: a box goes to one only where it reaches none that counts.
 *
 * Source: `evaluateImg` of pycocotools.
 *
 * @returns The matches at each threshold.
 */
export function matchScene(
  { objects, found, overlaps }: Scene,
  thresholds: readonly number[],
  [least, most]: AreaRange,
): Matches[] {
  const outside = (area: number) => area < least || area > most;
  const left = objects.map(({ iscrowd, area }) => iscrowd === 1 || outside(area));
  const order = [...objects.keys()].sort((a, b) => Number(left[a]) - Number(left[b]));
  const scores = found.map(({ score }) => score);
  const count = left.filter((without) => !without).length;
  return thresholds.map((threshold) => {
    const taken = objects.map(() => false);
    const hits: boolean[] = [];
    const ignored: boolean[] = [];
    for (const [d, { bbox }] of found.entries()) {
      // Never asks for more than an overlap that rounding may spoil.
      let reached = Math.min(threshold, 1 - 1e-10);
      let match = -1;
      for (const g of order) {
        if (taken[g] && objects[g]!.iscrowd !== 1) continue;
        if (match >= 0 && !left[match] && left[g]) break;
        if (overlaps[d]![g]! < reached) continue;
        reached = overlaps[d]![g]!;
        match = g;
      }
      if (match >= 0) taken[match] = true;
      hits.push(match >= 0);
      ignored.push(match >= 0 ? left[match]! : outside(bbox[2] * bbox[3]));
    }
    return { objects: count, scores, hits, ignored };
  });
}
