import { add, mul, sub } from './lanes';
import { loadPart, loadUpTo, padded, storePart, storeUpTo } from './memory';
import { addTo64 } from './moments';
import { throughActivation } from './swish';

/**
 * The last step of an input gradient: takes a tile [pixels, padded(C)] of gradients with respect to what a window
 * read, and turns it into gradients with respect to where that came from, dx [pixels, C].
 *
 * With `rectify`, values pass only where the window's input was positive: x, or with `gain` (x - mean) gain + offset.
 * With `accumulate` they are added to dx. With `sums` (float64 [C], then another [padded(C)]) their sum and their
 * product with (x - mean) are added up there for the batch normalisation in front.
 */
export function settle(
  tile: usize, dx: usize, pixels: usize, c: usize,
  x: usize, mean: usize, gain: usize, offset: usize, rectify: bool, accumulate: bool, sums: usize,
): void {
  const tileStep = padded(c) << 2;
  const step = c << 2;
  const products = sums + (padded(c) << 3);
  const zero = f32x4.splat(0);
  for (let q: usize = 0; q < c; q += 4) {
    const at = q << 2;
    const count = c - q;
    const m = gain != 0 ? loadPart(mean + at, count) : zero;
    const g = gain != 0 ? loadPart(gain + at, count) : f32x4.splat(1);
    const o = gain != 0 && offset != 0 ? loadPart(offset + at, count) : zero;
    let t = tile + at;
    let p = at;
    const end = at + pixels * step;
    if (count >= 4) {
      if (sums != 0) {
        let s = zero;
        let r = zero;
        for (; p < end; p += step, t += tileStep) {
          const centred = sub<v128>(v128.load(x + p), m);
          let v = v128.load(t);
          if (rectify) v = v128.and(v, f32x4.gt(add<v128>(mul<v128>(centred, g), o), zero));
          v128.store(dx + p, v);
          s = add<v128>(s, v);
          r = add<v128>(r, mul<v128>(v, centred));
        }
        addTo64(sums + (q << 3), s);
        addTo64(products + (q << 3), r);
      } else if (!rectify) {
        if (accumulate) for (; p < end; p += step, t += tileStep) v128.store(dx + p, add<v128>(v128.load(dx + p), v128.load(t)));
        else for (; p < end; p += step, t += tileStep) v128.store(dx + p, v128.load(t));
      } else if (gain != 0) {
        for (; p < end; p += step, t += tileStep) {
          const open = f32x4.gt(add<v128>(mul<v128>(sub<v128>(v128.load(x + p), m), g), o), zero);
          const v = v128.and(v128.load(t), open);
          v128.store(dx + p, accumulate ? add<v128>(v128.load(dx + p), v) : v);
        }
      } else {
        for (; p < end; p += step, t += tileStep) {
          const v = v128.and(v128.load(t), f32x4.gt(v128.load(x + p), zero));
          v128.store(dx + p, accumulate ? add<v128>(v128.load(dx + p), v) : v);
        }
      }
    } else {
      let s = zero;
      let r = zero;
      for (; p < end; p += step, t += tileStep) {
        const centred = x != 0 ? sub<v128>(loadPart(x + p, count), m) : zero;
        let v = v128.load(t);
        if (rectify) v = v128.and(v, f32x4.gt(add<v128>(mul<v128>(centred, g), o), zero));
        storePart(dx + p, accumulate ? add<v128>(loadPart(dx + p, count), v) : v, count);
        s = add<v128>(s, v);
        r = add<v128>(r, mul<v128>(v, centred));
      }
      if (sums != 0) {
        addTo64(sums + (q << 3), s);
        addTo64(products + (q << 3), r);
      }
    }
  }
}

/** {@link settle} where a window read v sigmoid(v), v = (x - mean) gain + offset, with `sums` and without `accumulate`. */
export function settleSwish(
  tile: usize, dx: usize, pixels: usize, c: usize, x: usize, mean: usize, gain: usize, offset: usize, sums: usize,
): void {
  const tileStep = padded(c) << 2;
  const step = c << 2;
  const products = sums + (padded(c) << 3);
  for (let q: usize = 0; q < c; q += 4) {
    const at = q << 2;
    const count = c - q;
    const m = loadPart(mean + at, count);
    const g = loadPart(gain + at, count);
    const o = offset != 0 ? loadPart(offset + at, count) : f32x4.splat(0);
    let s = f32x4.splat(0);
    let r = s;
    let t = tile + at;
    for (let p = at, end = at + pixels * step; p < end; p += step, t += tileStep) {
      const centred = sub<v128>(loadUpTo(x + p, count), m);
      const v = throughActivation(v128.load(t), add<v128>(mul<v128>(centred, g), o), true);
      storeUpTo(dx + p, v, count);
      s = add<v128>(s, v);
      r = add<v128>(r, mul<v128>(v, centred));
    }
    addTo64(sums + (q << 3), s);
    addTo64(products + (q << 3), r);
  }
}
