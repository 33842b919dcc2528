import type { Matches } from './match';

/** Recalls at which precision is read: 0, 0.01, ... 1, as numpy's `linspace` rounds them. */
const RECALLS = Array.from({ length: 101 }, (_, i) => (i === 100 ? 1 : i * 0.01));

/** What the boxes of a category are worth over all pictures, at one threshold and one range of areas. */
export interface Score {
  /** Mean over the 101 recalls of the best precision at that recall or beyond; 0 where the recall is not reached. */
  readonly precision: number;
  /** Objects found, as a share of those there are. */
  readonly recall: number;
}

/**
 * Precision and recall of the strongest boxes of each picture, in one order over all pictures; undefined where there is
 * no object to find.
 *
 * Source: `accumulate` of pycocotools.
 *
 * @param most - Boxes taken of a picture.
 */
export function scoreOf(matches: readonly Matches[], most: number): Score | undefined {
  const objects = matches.reduce((sum, scene) => sum + scene.objects, 0);
  if (objects === 0) return undefined;
  const boxes = matches
    .flatMap(({ scores, hits, ignored }) =>
      scores.slice(0, most).map((score, i) => ({ score, hit: hits[i]!, ignored: ignored[i]! })),
    )
    .sort((a, b) => b.score - a.score);

  const recalls: number[] = [];
  const precisions: number[] = [];
  let right = 0;
  let wrong = 0;
  for (const { hit, ignored } of boxes) {
    if (!ignored && hit) right++;
    if (!ignored && !hit) wrong++;
    recalls.push(right / objects);
    precisions.push(right / (right + wrong + Number.EPSILON));
  }
  for (let i = precisions.length - 2; i >= 0; i--)
    precisions[i] = Math.max(precisions[i]!, precisions[i + 1]!);

  let sum = 0;
  let i = 0;
  for (const recall of RECALLS) {
    while (i < recalls.length && recalls[i]! < recall) i++;
    sum += precisions[i] ?? 0;
  }
  return { precision: sum / RECALLS.length, recall: right / objects };
}
