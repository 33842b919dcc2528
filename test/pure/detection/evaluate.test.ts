import { describe, expect, it } from 'vitest';
import {
  type CocoAnnotation,
  type CocoBox,
  type CocoDetection,
  type CocoInstances,
  type DetectionFigures,
  evaluateDetections,
} from '../../../src/detection';
import { stream } from '../../../src/random';
import { slowScore } from './slow-evaluator';

const instances = (
  annotations: readonly Partial<CocoAnnotation>[],
  { images = 3, categories = [1, 3, 90] } = {},
): CocoInstances => ({
  images: Array.from({ length: images }, (_, i) => ({
    id: 10 * (images - i),
    file_name: `${i}.jpg`,
    width: 200,
    height: 200,
  })),
  categories: categories.map((id) => ({ id, name: `kind ${id}` })),
  annotations: annotations.map((annotation, i) => {
    const bbox = annotation.bbox ?? [0, 0, 50, 50];
    return { id: i + 1, image_id: 10, category_id: 1, bbox, area: bbox[2] * bbox[3], ...annotation };
  }),
});

const box = (bbox: CocoBox, score: number, rest: Partial<CocoDetection> = {}): CocoDetection => ({
  image_id: 10,
  category_id: 1,
  bbox,
  score,
  ...rest,
});

describe('evaluateDetections', () => {
  it('counts a duplicate as wrong, and reads precision at 101 recalls', () => {
    const set = instances([{ bbox: [0, 0, 50, 50] }, { bbox: [100, 100, 50, 50] }]);
    const found = [box([0, 0, 50, 50], 0.9), box([0, 0, 50, 50], 0.8), box([100, 100, 50, 50], 0.7)];
    const { figures } = evaluateDetections(set, found);
    // Recall 0.5 at precision 1, then recall 1 at 2/3.
    expect(figures.AP).toBeCloseTo((51 + (50 * 2) / 3) / 101, 12);
    expect(figures.AR1).toBe(0.5);
    expect(figures.AR100).toBe(1);
  });

  it('has crowds divide by the box alone, be found again and again, and count neither way', () => {
    const set = instances([{ bbox: [0, 0, 100, 100], iscrowd: 1 }, { bbox: [150, 150, 20, 20] }]);
    const inside = [box([0, 0, 20, 20], 0.9), box([30, 30, 20, 20], 0.8)];
    const { figures } = evaluateDetections(set, [...inside, box([150, 150, 20, 20], 0.1)]);
    expect(figures.AP).toBeCloseTo(1, 12);
    expect(evaluateDetections(set, inside).figures.AP).toBe(0);
  });

  it('takes an object’s size from its area, a box’s from the box, with both ends in a range', () => {
    const set = instances([{ bbox: [0, 0, 100, 100], area: 1024 }]);
    const { figures } = evaluateDetections(set, [box([0, 0, 100, 100], 0.5)]);
    expect([figures.APsmall, figures.APmedium, figures.APlarge]).toEqual([
      expect.closeTo(1, 12),
      expect.closeTo(1, 12),
      -1,
    ]);
  });

  it('takes an overlap of 0.9 to reach the threshold that stands for it', () => {
    const set = instances([{ bbox: [0, 0, 100, 100] }]);
    const { figures } = evaluateDetections(set, [box([0, 0, 90, 100], 0.5)]);
    expect(figures.AP).toBeCloseTo(0.9, 12);
  });

  it('is -1 where there is nothing to find, and leaves absent categories out of the means', () => {
    const set = instances([{ bbox: [0, 0, 50, 50] }]);
    const { figures, categories } = evaluateDetections(set, [
      box([0, 0, 50, 50], 0.5),
      box([0, 0, 50, 50], 0.5, { category_id: 3 }),
    ]);
    expect(figures.AP).toBeCloseTo(1, 12);
    expect(categories.map(({ id, figures }) => [id, figures.AP > 0, figures.AR100])).toEqual([
      [1, true, 1],
      [3, false, -1],
      [90, false, -1],
    ]);
    expect(Object.values(evaluateDetections(instances([]), []).figures)).toEqual(Array(12).fill(-1));
  });

  it('takes the strongest 1, 10 and 100 boxes of a picture and category', () => {
    const set = instances([{ bbox: [0, 0, 50, 50] }]);
    const wrong = (n: number) => Array.from({ length: n }, (_, i) => box([100, 100, 50, 50], 0.9 - i / 1000));
    const figures = (n: number) => evaluateDetections(set, [...wrong(n), box([0, 0, 50, 50], 0.1)]).figures;
    expect([figures(9).AR1, figures(9).AR10, figures(10).AR10]).toEqual([0, 1, 0]);
    expect([figures(99).AR100, figures(100).AR100]).toEqual([1, 0]);
  });

  it('agrees with a slow evaluator on 500 made-up sets', () => {
    const ranges = { all: [0, 1e10], small: [0, 1024], medium: [1024, 9216], large: [9216, 1e10] } as const;
    for (let seed = 0; seed < 500; seed++) {
      const [set, found] = madeUp(seed);
      const { figures, categories } = evaluateDetections(set, found);
      const rows = categories.map(({ id }) => expectedFigures(set, found, id, ranges));
      for (const [name, value] of Object.entries(figures) as [keyof DetectionFigures, number][]) {
        const parts = rows.flatMap((row) => (row[name] < 0 ? [] : [row[name]]));
        const mean = parts.length === 0 ? -1 : parts.reduce((a, b) => a + b) / parts.length;
        expect(value, `${name} of set ${seed}`).toBeCloseTo(mean, 9);
        for (const [k, row] of rows.entries())
          expect(categories[k]!.figures[name], `${name} of category ${k}, set ${seed}`).toBeCloseTo(
            row[name],
            9,
          );
      }
    }
  }, 120_000);

  it('refuses what is no set, and names the entry', () => {
    const set = instances([{}]);
    const refused = (annotations: unknown, found: unknown, text: RegExp) =>
      expect(() => evaluateDetections(annotations as CocoInstances, found as CocoDetection[])).toThrow(text);
    refused(undefined, [], /^evaluateDetections: the annotations must be an object with images, annotations/);
    refused(set, {}, /the detections must be a list/);
    refused(set, [box([0, 0, -1, 5], 1)], /the bbox of detection 0 must be \[x, y, width, height\]/);
    refused(set, [box([0, 0, 1, 5], Number.NaN)], /detection 0 must have a finite score/);
    refused(set, [box([0, 0, 1, 5], 1, { image_id: 7 })], /detection 0 is of an image that .* got 7/);
    refused(set, [box([0, 0, 1, 5], 1, { category_id: 2 })], /of a category that .* got 2; .* not its place/);
    refused(instances([{ id: 0 }]), [], /ids of annotations must be at least 1, got 0/);
    refused(instances([{ id: 4 }, { id: 4 }]), [], /every one of annotations must have .* got 4/);
    refused(
      instances([{ image_id: 5 }]),
      [],
      /annotation 1 of image 5 is of an image that is not among images/,
    );
    refused(instances([{ area: -1 }]), [], /annotation 1 of image 10 must have an area, got -1/);
  });
});

type Ranges = Readonly<Record<'all' | 'small' | 'medium' | 'large', readonly [number, number]>>;

function expectedFigures(
  set: CocoInstances,
  found: readonly CocoDetection[],
  category: number,
  ranges: Ranges,
): DetectionFigures {
  const thresholds = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9 - 1e-12, 0.95];
  const mean = (
    quantity: 'precision' | 'recall',
    range: keyof Ranges,
    boxes: number,
    overlaps: readonly number[] = thresholds,
  ) => {
    const scores = overlaps.map((t) => slowScore(set, found, category, t, ranges[range], boxes));
    return scores[0] === undefined
      ? -1
      : scores.reduce((sum, score) => sum + score![quantity], 0) / scores.length;
  };
  return {
    AP: mean('precision', 'all', 100),
    AP50: mean('precision', 'all', 100, [0.5]),
    AP75: mean('precision', 'all', 100, [0.75]),
    APsmall: mean('precision', 'small', 100),
    APmedium: mean('precision', 'medium', 100),
    APlarge: mean('precision', 'large', 100),
    AR1: mean('recall', 'all', 1),
    AR10: mean('recall', 'all', 10),
    AR100: mean('recall', 'all', 100),
    ARsmall: mean('recall', 'small', 100),
    ARmedium: mean('recall', 'medium', 100),
    ARlarge: mean('recall', 'large', 100),
  };
}

/** Few pictures, coarse boxes and scores: many ties, crowds, empty pictures and categories. */
function madeUp(seed: number): [CocoInstances, CocoDetection[]] {
  const random = stream(seed, 'made-up boxes').generator();
  const coarse = (): CocoBox => {
    const side = [20, 32, 60, 96, 120][random.int(5)]!;
    return [10 * random.int(8), 10 * random.int(8), side, side + 4 * random.int(3)];
  };
  const image = () => 10 * (1 + random.int(3));
  const category = () => [1, 3][random.int(2)]!;
  const annotations = Array.from({ length: random.int(9) }, () => {
    const bbox = coarse();
    const area = random.int(3) === 0 ? 1024 : bbox[2] * bbox[3];
    return {
      bbox,
      area,
      image_id: image(),
      category_id: category(),
      iscrowd: random.int(5) === 0 ? 1 : 0,
    } as const;
  });
  const found = Array.from({ length: random.int(25) }, () => {
    const near =
      annotations.length > 0 && random.int(2) === 0 ? annotations[random.int(annotations.length)] : undefined;
    const [x, y, w, h] = near?.bbox ?? coarse();
    const bbox: CocoBox = [x + random.int(3), y, w - random.int(3), h];
    return box(bbox, random.int(6) / 5, {
      image_id: near?.image_id ?? image(),
      category_id: near?.category_id ?? category(),
    });
  });
  return [instances(annotations), found];
}
