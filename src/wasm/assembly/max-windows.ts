import { add } from './lanes';
import { clear, loadPart, storePart } from './memory';
import { endTap, firstTap } from './pool';

// The largest number of any window over x [n, depth, h, w, c]: of any sides, strides and padding, which takes no part.
// `front`, `top` and `left` may be less than none. A map is a volume of depth 1.

/** y = the largest number of each window; -Infinity where a window lies outside. */
export function maxWindows(
  x: usize, n: usize, depth: usize, h: usize, w: usize, c: usize, kd: usize, kh: usize, kw: usize,
  strideD: usize, strideH: usize, strideW: usize, front: isize, top: isize, left: isize,
  outDepth: usize, outHeight: usize, outWidth: usize, y: usize,
): void {
  const pixel = c << 2;
  for (let b: usize = 0; b < n; b++) {
    for (let o: usize = 0; o < outDepth; o++) {
      const t = (o * strideD) as isize - front;
      for (let i: usize = 0; i < outHeight; i++) {
        const u = (i * strideH) as isize - top;
        for (let j: usize = 0; j < outWidth; j++, y += pixel) {
          const v = (j * strideW) as isize - left;
          for (let q: usize = 0; q < c; q += 4) {
            let peak = f32x4.splat(-Infinity);
            for (let a = firstTap(t), aEnd = endTap(t, kd, depth); a < aEnd; a++) {
              for (let e = firstTap(u), eEnd = endTap(u, kh, h); e < eEnd; e++) {
                const row = x + ((((t as usize) + a) * h + (u as usize) + e) * w + (v as usize)) * pixel + (q << 2);
                for (let f = firstTap(v), fEnd = endTap(v, kw, w); f < fEnd; f++) {
                  peak = f32x4.pmax(peak, loadPart(row + f * pixel, c - q));
                }
              }
            }
            storePart(y + (q << 2), peak, c - q);
          }
        }
      }
    }
    x += depth * h * w * pixel;
  }
}

/**
 * dx = the gradient of {@link maxWindows}, y. Of equal numbers in a window the first in row-major order takes all, or the
 * last.
 */
export function maxWindowsGrad(
  dy: usize, x: usize, y: usize, n: usize, depth: usize, h: usize, w: usize, c: usize, kd: usize, kh: usize, kw: usize,
  strideD: usize, strideH: usize, strideW: usize, front: isize, top: isize, left: isize,
  outDepth: usize, outHeight: usize, outWidth: usize, last: bool, dx: usize,
): void {
  const pixel = c << 2;
  clear(dx, n * depth * h * w * pixel);
  for (let b: usize = 0; b < n; b++) {
    for (let o: usize = 0; o < outDepth; o++) {
      const t = (o * strideD) as isize - front;
      const a0 = firstTap(t);
      const a1 = endTap(t, kd, depth);
      for (let i: usize = 0; i < outHeight; i++) {
        const u = (i * strideH) as isize - top;
        const e0 = firstTap(u);
        const e1 = endTap(u, kh, h);
        for (let j: usize = 0; j < outWidth; j++, y += pixel, dy += pixel) {
          const v = (j * strideW) as isize - left;
          const f0 = firstTap(v);
          const f1 = endTap(v, kw, w);
          if (a0 >= a1 || e0 >= e1 || f0 >= f1) continue;
          const taps = (a1 - a0) * (e1 - e0) * (f1 - f0);
          for (let q: usize = 0; q < c; q += 4) {
            const peak = loadPart(y + (q << 2), c - q);
            let g = loadPart(dy + (q << 2), c - q);
            for (let s: usize = 0; s < taps; s++) {
              const tap = last ? taps - 1 - s : s;
              const f = f0 + tap % (f1 - f0);
              const e = e0 + (tap / (f1 - f0)) % (e1 - e0);
              const a = a0 + tap / ((f1 - f0) * (e1 - e0));
              const at = ((((t as usize) + a) * h + (u as usize) + e) * w + (v as usize) + f) * pixel + (q << 2);
              const hit = f32x4.eq(loadPart(x + at, c - q), peak);
              storePart(dx + at, add<v128>(loadPart(dx + at, c - q), v128.and(g, hit)), c - q);
              g = v128.andnot(g, hit);
            }
          }
        }
      }
    }
    x += depth * h * w * pixel;
    dx += depth * h * w * pixel;
  }
}
