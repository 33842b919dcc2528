import type { Boxes } from './anchors';
import { encodeBox } from './code';

/** What is to be found in a picture, as the detector is taught. */
export interface Objects {
  /** Corners, four numbers an object. */
  readonly boxes: Boxes;
  /** One class an object, on [0, classes). */
  readonly classes: ArrayLike<number>;
  /** Corners of crowds, which teach nothing. Default none. */
  readonly crowds?: Boxes | undefined;
}

/** What every anchor of a picture is to say. */
export interface AnchorTargets {
  /** The class of each anchor's object; {@link BACKGROUND}, or {@link LEFT_OUT}. */
  readonly classes: Int32Array;
  /** The object's box relative to the anchor, four numbers an anchor; zeros where it has none. */
  readonly codes: Float32Array;
  /** Anchors with an object. */
  readonly positives: number;
}

/** An anchor that is to find nothing. */
export const BACKGROUND = -1;
/** An anchor that is neither taught an object nor the background. */
export const LEFT_OUT = -2;

/** Overlap from which an anchor is an object's, and below which it is background. */
const OBJECT = 0.5;
const NOTHING = 0.4;
/** Overlaps closer than this are equal, which rounding alone would order. */
const EQUAL = 1 - 1e-6;

/**
 * Gives anchors their objects: an anchor takes the object it overlaps most if by at least 0.5; below 0.4 it is background,
 * between the two it is left out. Whatever its overlap, every object also gets the anchors that overlap it most, so that none
 * goes untaught. Background that lies in a crowd by half of itself is left out.
 *
 * Source: Lin et al., "Focal Loss for Dense Object Detection", section 4; the best anchors of each object as in mmdetection.
 */
export function assignAnchors(
  anchors: Boxes,
  { boxes, classes, crowds = new Float32Array(0) }: Objects,
): AnchorTargets {
  const count = anchors.length / 4;
  const target = new Int32Array(count).fill(BACKGROUND);
  const best = new Float32Array(count);
  const objects = boxes.length / 4;
  const overlaps = new Float32Array(count);
  const closest = new Int32Array(count).fill(-1);
  const forced = new Int32Array(count).fill(-1);
  for (let object = 0; object < objects; object++) {
    let most = 0;
    for (let a = 0; a < count; a++) {
      const overlap = intersectionOverUnion(anchors, a, boxes, object);
      overlaps[a] = overlap;
      most = Math.max(most, overlap);
      if (overlap > best[a]!) {
        best[a] = overlap;
        closest[a] = object;
      }
    }
    // Of objects with the same anchor the last has it.
    for (let a = 0; most > 0 && a < count; a++) if (overlaps[a]! >= most * EQUAL) forced[a] = object;
  }
  const codes = new Float32Array(4 * count);
  let positives = 0;
  for (let a = 0; a < count; a++) {
    const object = forced[a]! >= 0 ? forced[a]! : best[a]! >= OBJECT ? closest[a]! : -1;
    if (object >= 0) {
      target[a] = classes[object]!;
      encodeBox(boxes, object, anchors, a, codes);
      positives++;
    } else if (best[a]! >= NOTHING || inCrowd(anchors, a, crowds)) {
      target[a] = LEFT_OUT;
    }
  }
  return { classes: target, codes, positives };
}

const areaOf = (boxes: Boxes, i: number) =>
  (boxes[4 * i + 2]! - boxes[4 * i]!) * (boxes[4 * i + 3]! - boxes[4 * i + 1]!);

function intersection(a: Boxes, i: number, b: Boxes, j: number): number {
  const width = Math.min(a[4 * i + 2]!, b[4 * j + 2]!) - Math.max(a[4 * i]!, b[4 * j]!);
  const height = Math.min(a[4 * i + 3]!, b[4 * j + 3]!) - Math.max(a[4 * i + 1]!, b[4 * j + 1]!);
  return width > 0 && height > 0 ? width * height : 0;
}

function intersectionOverUnion(a: Boxes, i: number, b: Boxes, j: number): number {
  const shared = intersection(a, i, b, j);
  return shared === 0 ? 0 : shared / (areaOf(a, i) + areaOf(b, j) - shared);
}

function inCrowd(anchors: Boxes, a: number, crowds: Boxes): boolean {
  for (let crowd = 0; crowd < crowds.length / 4; crowd++)
    if (intersection(anchors, a, crowds, crowd) >= OBJECT * areaOf(anchors, a)) return true;
  return false;
}
