import * as tf from '@tensorflow/tfjs-core';
import { type Normalization, normalizations } from '../data';
import { checkOptions, type OptionKeys, requireList, requireObject } from '../errors';
import { anchorsOf, cellsOf } from './boxes/anchors';
import { decodeBox } from './boxes/code';
import { suppress } from './boxes/suppress';
import { canvases, canvasOf } from './data/canvas';
import type { Picture } from './data/dataset';
import { type Detector, requireDetector } from './model/create-detector';

/** Options of {@link detectObjects}. */
export interface DetectOptions {
  /** The normalisation that the detector was trained with. Default ImageNet's. */
  readonly normalize?: Normalization;
  /** Scores up to this are passed over. Default 0.05. */
  readonly score?: number;
  /** Candidates a level before suppression. Default 1000. */
  readonly candidates?: number;
  /** Overlap from which the weaker of two boxes of a class is dropped. Default 0.5. */
  readonly overlap?: number;
  /** Boxes kept a picture. Default 100. */
  readonly keep?: number;
}

export const DETECT_KEYS = {
  normalize: 'object',
  score: 'share',
  candidates: 'count',
  overlap: 'share',
  keep: 'count',
} satisfies OptionKeys<DetectOptions>;

/** An object that was found. */
export interface FoundObject {
  /** Left, top, width and height in pixels of the picture. */
  readonly bbox: readonly [x: number, y: number, width: number, height: number];
  /** Class from 0. */
  readonly label: number;
  /** On (0, 1). */
  readonly score: number;
}

interface Candidate {
  readonly anchor: number;
  readonly label: number;
  readonly score: number;
}

/** The strongest answers of one level. */
function strongest(
  scores: Float32Array,
  first: number,
  count: number,
  classes: number,
  { score, candidates }: { readonly score: number; readonly candidates: number },
): Candidate[] {
  const found: Candidate[] = [];
  for (let i = first * classes; i < (first + count) * classes; i++)
    if (scores[i]! > score)
      found.push({ anchor: Math.floor(i / classes), label: i % classes, score: scores[i]! });
  return found.sort((a, b) => b.score - a.score).slice(0, candidates);
}

/**
 * What a detector finds in pictures, strongest first: scores above 0.05, of each level the 1,000 strongest, decoded, and of
 * boxes of one class that overlap by 0.5 the stronger; 100 are kept.
 *
 * @param pictures - They share one canvas: those of like sizes go together.
 * @returns One list a picture.
 * @throws TypeError for what is no detector or no picture.
 *
 * Source: Lin et al., "Focal Loss for Dense Object Detection", section 4.1; the limits of mmdetection.
 */
export async function detectObjects(
  detector: Detector,
  pictures: readonly Picture[],
  options: DetectOptions = {},
): Promise<FoundObject[][]> {
  const fn = 'detectObjects';
  requireDetector(fn, detector);
  checkOptions(fn, options, DETECT_KEYS);
  requireList(fn, 'pictures', pictures, 'pass [{ height, width, pixels }]');
  for (const [i, picture] of pictures.entries())
    requireObject(
      fn,
      `pictures[${i}]`,
      picture,
      'pass { height, width, pixels }',
      'height',
      'width',
      'pixels',
    );
  if (pictures.length === 0) return [];
  const { normalize = normalizations.imagenet, score = 0.05, candidates = 1000 } = options;
  const { overlap = 0.5, keep = 100 } = options;
  const canvas = canvasOf(pictures);
  const boxes = anchorsOf(canvas, detector.anchors);
  const { classes } = detector;
  const [scores, codes] = tf.tidy(() => {
    const x = canvases(
      pictures,
      pictures.map(() => false),
      normalize,
    );
    const [logits, coded] = detector.model.apply(x, { training: false }) as tf.Tensor[];
    return [tf.sigmoid(logits!), coded!];
  });
  try {
    const [scoreValues, codeValues] = (await Promise.all([scores.data(), codes.data()])) as Float32Array[];
    const perPicture = boxes.length / 4;
    const { ratios, scales, strides } = detector.anchors;
    const found: FoundObject[][] = [];
    for (const [n, picture] of pictures.entries()) {
      const own = scoreValues!.subarray(n * perPicture * classes, (n + 1) * perPicture * classes);
      const ownCodes = codeValues!.subarray(n * perPicture * 4, (n + 1) * perPicture * 4);
      let first = 0;
      const all = strides.flatMap((stride) => {
        const count = cellsOf(canvas[0], stride) * cellsOf(canvas[1], stride) * ratios.length * scales.length;
        const level = strongest(own, first, count, classes, { score, candidates });
        first += count;
        return level;
      });
      const corners = all.map(({ anchor }) =>
        decodeBox(ownCodes, boxes, anchor, [picture.height, picture.width]),
      );
      const kept = await suppress(corners, all, { overlap, keep });
      found.push(
        kept.map((i) => {
          const [left, top, right, bottom] = corners[i]!;
          return {
            bbox: [left, top, right - left, bottom - top] as const,
            label: all[i]!.label,
            score: all[i]!.score,
          };
        }),
      );
    }
    return found;
  } finally {
    tf.dispose([scores, codes]);
  }
}
