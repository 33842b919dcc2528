import { sizeOf } from '../shape';

/** A run of places along every axis but the last; the ends are not included. */
export type Box = readonly (readonly [from: number, to: number])[];

/**
 * Copies a box of one example into another of its shape, to the same places.
 *
 * @param offsets - How much further along each axis it is read. Default not at all.
 */
export function copyBox(
  source: Float32Array,
  target: Float32Array,
  shape: readonly number[],
  box: Box,
  offsets: readonly number[] = box.map(() => 0),
): void {
  const copy = (axis: number, from: number, to: number) => {
    const step = sizeOf(shape.slice(axis + 1));
    const [[low, high], offset] = [box[axis]!, offsets[axis]!];
    if (axis === box.length - 1)
      target.set(
        source.subarray(from + (low + offset) * step, from + (high + offset) * step),
        to + low * step,
      );
    else for (let p = low; p < high; p++) copy(axis + 1, from + (p + offset) * step, to + p * step);
  };
  copy(0, 0, 0);
}
