import type { Boxes } from './anchors';

/** Most that a decoded side may be larger than its anchor's, or smaller: exp of it is 1000 / 16. */
const LARGEST = Math.log(1000 / 16);

/**
 * A box as a detector learns it, relative to its anchor a with centre (x, y) and sides (w, h):
 * `[(X - x) / w, (Y - y) / h, log(W / w), log(H / h)]`.
 *
 * @param box - Corners of the box, `boxes[4 * i ..]`.
 * @param out - Takes the four numbers at `4 * a`.
 */
export function encodeBox(
  boxes: ArrayLike<number>,
  i: number,
  anchors: Boxes,
  a: number,
  out: Float32Array,
): void {
  const [left, top] = [anchors[4 * a]!, anchors[4 * a + 1]!];
  const [w, h] = [anchors[4 * a + 2]! - left, anchors[4 * a + 3]! - top];
  const [L, T] = [boxes[4 * i]!, boxes[4 * i + 1]!];
  const [W, H] = [boxes[4 * i + 2]! - L, boxes[4 * i + 3]! - T];
  out[4 * a] = (L + W / 2 - (left + w / 2)) / w;
  out[4 * a + 1] = (T + H / 2 - (top + h / 2)) / h;
  out[4 * a + 2] = Math.log(W / w);
  out[4 * a + 3] = Math.log(H / h);
}

/**
 * The corners of a box from what a detector says of an anchor: the inverse of {@link encodeBox}, sides at most 62.5 times
 * the anchor's or as much smaller, cut off at the picture's edges.
 */
export function decodeBox(
  code: ArrayLike<number>,
  anchors: Boxes,
  a: number,
  [height, width]: readonly [height: number, width: number],
): [left: number, top: number, right: number, bottom: number] {
  const [left, top] = [anchors[4 * a]!, anchors[4 * a + 1]!];
  const [w, h] = [anchors[4 * a + 2]! - left, anchors[4 * a + 3]! - top];
  const x = left + w / 2 + code[4 * a]! * w;
  const y = top + h / 2 + code[4 * a + 1]! * h;
  const side = (log: number) => Math.exp(Math.min(Math.max(log, -LARGEST), LARGEST));
  const [halfW, halfH] = [(w * side(code[4 * a + 2]!)) / 2, (h * side(code[4 * a + 3]!)) / 2];
  const within = (value: number, most: number) => Math.min(Math.max(value, 0), most);
  return [
    within(x - halfW, width),
    within(y - halfH, height),
    within(x + halfW, width),
    within(y + halfH, height),
  ];
}
