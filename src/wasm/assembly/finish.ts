import { add, atMost, relu, splat } from './lanes';
import { Nullable } from './memory';

/** Channels of one lane or vector in every pixel. */
// @ts-ignore: decorator
@inline
function column<T>(y: usize, end: usize, step: usize, bias: Nullable, positive: bool, ceiling: f32): void {
  const b = bias != 0 ? load<T>(bias) : splat<T>(0);
  const high = splat<T>(ceiling);
  if (positive) for (; y < end; y += step) store<T>(y, atMost<T>(relu<T>(add<T>(load<T>(y), b)), high));
  else for (; y < end; y += step) store<T>(y, add<T>(load<T>(y), b));
}

/** y [pixels, c] becomes y + bias (if any), then max(y, 0) with `positive`, and that min(y, 6) with `six`; NaN stays. */
export function finish(y: usize, pixels: usize, c: usize, bias: Nullable, positive: bool, six: bool): void {
  if (bias == 0 && !positive) return;
  const ceiling: f32 = six ? 6 : Infinity;
  const step = c << 2;
  const end = y + pixels * step;
  let q: usize = 0;
  for (; q + 4 <= c; q += 4) {
    const at = q << 2;
    column<v128>(y + at, end, step, bias != 0 ? bias + at : 0, positive, ceiling);
  }
  for (; q < c; q++) {
    const at = q << 2;
    column<f32>(y + at, end, step, bias != 0 ? bias + at : 0, positive, ceiling);
  }
}
