import { rangeError } from '../../errors';
import {
  type CocoAnnotation,
  type CocoDetection,
  type CocoInstances,
  requireDetections,
  requireInstances,
} from './annotations';
import { type AreaRange, matchScene, type Scene, sceneOf } from './match';
import { type Score, scoreOf } from './precision';

/** The twelve figures of COCO, each on [0, 1]; -1 where there is no object to find. */
export interface DetectionFigures {
  /** Average precision, the mean over overlaps of 0.5, 0.55, ... 0.95: "box AP". */
  readonly AP: number;
  /** At an overlap of 0.5. */
  readonly AP50: number;
  /** At an overlap of 0.75. */
  readonly AP75: number;
  /** Objects of at most 32^2 square pixels. */
  readonly APsmall: number;
  /** From 32^2 to 96^2. */
  readonly APmedium: number;
  /** From 96^2. */
  readonly APlarge: number;
  /** Average recall of the strongest box of each picture. */
  readonly AR1: number;
  /** Of the ten strongest. */
  readonly AR10: number;
  /** Of the hundred strongest. */
  readonly AR100: number;
  readonly ARsmall: number;
  readonly ARmedium: number;
  readonly ARlarge: number;
}

/** What {@link evaluateDetections} gives. */
export interface DetectionReport {
  /** Means over the categories that have objects. */
  readonly figures: DetectionFigures;
  /** The same twelve for each category, ascending by id. */
  readonly categories: readonly {
    readonly id: number;
    readonly name: string;
    readonly figures: DetectionFigures;
  }[];
}

/** Overlaps 0.5, 0.55, ... 0.95 as numpy's `linspace` rounds them: the ninth is a little less than 0.9. */
const OVERLAPS = Array.from({ length: 10 }, (_, i) => (i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9)));
const AT_50 = 0;
const AT_75 = 5;

/** Both ends belong to a range: an object of 1024 square pixels is small, and of medium size. */
const AREAS = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} satisfies Record<string, AreaRange>;

/** Boxes that are taken of a picture and category. */
const MOST = 100;

/** Scores of a category by overlap; undefined where it has no object of the range. */
type Scores = readonly Score[] | undefined;
type CategoryScores = Readonly<Record<keyof typeof AREAS | 'first' | 'firstTen', Scores>>;

function scoresOf(scenes: readonly Scene[]): CategoryScores {
  const over = (area: AreaRange, most: readonly number[]): Scores[] => {
    const matched = scenes.map((scene) => matchScene(scene, OVERLAPS, area));
    return most.map((boxes) => {
      const scores = OVERLAPS.map((_, i) =>
        scoreOf(
          matched.map((matches) => matches[i]!),
          boxes,
        ),
      );
      return scores.every((score) => score !== undefined) ? scores : undefined;
    });
  };
  const [first, firstTen, all] = over(AREAS.all, [1, 10, MOST]);
  const [small, medium, large] = [AREAS.small, AREAS.medium, AREAS.large].map(
    (area) => over(area, [MOST])[0],
  );
  return { first, firstTen, all, small, medium, large };
}

const meanOf = (values: readonly number[]) =>
  values.length === 0 ? -1 : values.reduce((sum, value) => sum + value, 0) / values.length;

function figuresOf(categories: readonly CategoryScores[]): DetectionFigures {
  const mean = (of: keyof CategoryScores, quantity: keyof Score, at?: number) =>
    meanOf(
      categories
        .flatMap((scores) => (scores[of] ?? []).filter((_, i) => at === undefined || i === at))
        .map((score) => score[quantity]),
    );
  return {
    AP: mean('all', 'precision'),
    AP50: mean('all', 'precision', AT_50),
    AP75: mean('all', 'precision', AT_75),
    APsmall: mean('small', 'precision'),
    APmedium: mean('medium', 'precision'),
    APlarge: mean('large', 'precision'),
    AR1: mean('first', 'recall'),
    AR10: mean('firstTen', 'recall'),
    AR100: mean('all', 'recall'),
    ARsmall: mean('small', 'recall'),
    ARmedium: mean('medium', 'recall'),
    ARlarge: mean('large', 'recall'),
  };
}

/**
 * Average precision and recall of found boxes, as pycocotools computes them.
 *
 * For each category, overlap and range of areas: boxes go to objects picture by picture, strongest first; over all
 * pictures, `AP = mean over r in {0, 0.01, ... 1} of max precision at recalls >= r`, 0 where r is not reached. An object's
 * size is its annotation's `area`, a found box's that of the box. Crowds, objects of other sizes, what found them, and
 * boxes of other sizes that found nothing count neither way.
 *
 * @param annotations - What is in the pictures; ids of annotations from 1, since pycocotools takes 0 for "none".
 * @param detections - What was found: COCO's results format.
 * @throws TypeError or RangeError that names the first entry that is wrong.
 *
 * Source: Lin et al., "Microsoft COCO: Common Objects in Context", and `cocoeval.py`, which the numbers follow where they
 * differ.
 */
export function evaluateDetections(
  annotations: CocoInstances,
  detections: readonly CocoDetection[],
): DetectionReport {
  const fn = 'evaluateDetections';
  requireDetections(fn, detections, requireInstances(fn, annotations));
  for (const { id } of annotations.annotations) {
    if (id < 1) throw rangeError(fn, 'ids of annotations must be at least 1', id, 'number them from 1');
  }
  const key = (item: CocoAnnotation | CocoDetection) => `${item.category_id} ${item.image_id}`;
  const objectsOf = grouped(annotations.annotations, key);
  const foundOf = grouped(detections, key);
  const pictures = annotations.images.map(({ id }) => id).sort((a, b) => a - b);
  const categories = [...annotations.categories].sort((a, b) => a.id - b.id);
  const scores = categories.map(({ id }) =>
    scoresOf(
      pictures.flatMap((picture) => {
        const objects = objectsOf.get(`${id} ${picture}`) ?? [];
        const found = foundOf.get(`${id} ${picture}`) ?? [];
        return objects.length + found.length === 0 ? [] : [sceneOf(objects, found, MOST)];
      }),
    ),
  );
  return {
    figures: figuresOf(scores),
    categories: categories.map(({ id, name }, i) => ({ id, name, figures: figuresOf([scores[i]!]) })),
  };
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
