import { relu } from './lanes';
import { align, loadPart, loadUpTo, Nullable, padded, storePart } from './memory';
import { activated } from './swish';

// Channel planes: one image as ceil(C / 4) zero-bordered planes of 16-byte pixels. In this layout every tap of a
// window is a constant offset, no window needs a bounds test, and odd channels are zero lanes.

/** Bytes between the rows of a plane. */
// @ts-ignore: decorator
@inline
export function planePitch(w: usize, padW: usize): usize {
  return (w + 2 * padW) << 4;
}

/** Bytes between planes; never a multiple of 4096, which would make all planes compete for one cache set. */
// @ts-ignore: decorator
@inline
export function planeBytes(h: usize, w: usize, padH: usize, padW: usize): usize {
  return align(planePitch(w, padW) * (h + 2 * padH)) + 64;
}

/** Bytes of all planes of one image, with room for vectors that read past the last pixel. */
// @ts-ignore: decorator
@inline
export function planesBytes(h: usize, w: usize, c: usize, padH: usize, padW: usize, reach: usize): usize {
  return (padded(c) >> 2) * planeBytes(h, w, padH, padW) + align(reach << 6) + 64;
}

// @ts-ignore: decorator
@inline
function packRow(x: usize, step: usize, out: usize, end: usize): void {
  for (; out < end; out += 16, x += step) v128.store(out, v128.load(x));
}

// @ts-ignore: decorator
@inline
function packRowRelu(x: usize, step: usize, out: usize, end: usize): void {
  for (; out < end; out += 16, x += step) v128.store(out, relu<v128>(v128.load(x)));
}

// @ts-ignore: decorator
@inline
function packRowAffine(x: usize, step: usize, out: usize, end: usize, mean: v128, gain: v128, offset: v128, floor: v128): void {
  for (; out < end; out += 16, x += step) {
    const y = f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), mean), gain), offset);
    v128.store(out, f32x4.pmax(y, floor));
  }
}

// @ts-ignore: decorator
@inline
function packRowSwish(x: usize, step: usize, out: usize, end: usize, mean: v128, gain: v128, offset: v128): void {
  for (; out < end; out += 16, x += step) {
    v128.store(out, activated(f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), mean), gain), offset), true));
  }
}

/**
 * Copies one image [H, W, C] into the interior of its planes, whose borders are zero already.
 *
 * With `gain` (not null) each value becomes (x - mean) * gain + offset first (`offset` may be null); with `rectify`
 * negative values become 0; with `swish`, which needs `gain`, each value v becomes v sigmoid(v).
 */
export function pack(
  x: usize, out: usize, h: usize, w: usize, c: usize, padH: usize, padW: usize,
  mean: Nullable, gain: Nullable, offset: Nullable, rectify: bool, swish: bool,
): void {
  const pitch = planePitch(w, padW);
  const plane = planeBytes(h, w, padH, padW);
  const step = c << 2;
  const whole = c & ~3;
  out += padH * pitch + (padW << 4);
  const floor = f32x4.splat(rectify ? 0 : -Infinity);
  for (let i: usize = 0; i < h; i++) {
    let o = out;
    for (let q: usize = 0; q < whole; q += 4) {
      const from = x + (q << 2);
      if (gain != 0) {
        const shift = offset != 0 ? v128.load(offset + (q << 2)) : f32x4.splat(0);
        const centre = v128.load(mean + (q << 2));
        const scale = v128.load(gain + (q << 2));
        if (swish) packRowSwish(from, step, o, o + (w << 4), centre, scale, shift);
        else packRowAffine(from, step, o, o + (w << 4), centre, scale, shift, floor);
      } else if (rectify) packRowRelu(from, step, o, o + (w << 4));
      else packRow(from, step, o, o + (w << 4));
      o += plane;
    }
    if (whole < c) {
      const count = c - whole;
      const at = whole << 2;
      const centre = gain != 0 ? loadPart(mean + at, count) : f32x4.splat(0);
      const scale = gain != 0 ? loadPart(gain + at, count) : f32x4.splat(1);
      const shift = gain != 0 && offset != 0 ? loadPart(offset + at, count) : f32x4.splat(0);
      for (let j: usize = 0; j < w; j++) {
        const y = f32x4.add(f32x4.mul(f32x4.sub(loadPart(x + at + j * step, count), centre), scale), shift);
        v128.store(o + (j << 4), swish ? activated(y, true) : f32x4.pmax(y, floor));
      }
    }
    x += w * step;
    out += pitch;
  }
}

/** {@link pack} of a dy + b (z - mean) + d, the gradient behind a norm, of one image [H, W, C]. */
export function packGrad(
  dy: usize, z: usize, out: usize, h: usize, w: usize, c: usize, padH: usize, padW: usize,
  mean: usize, a: usize, b: usize, d: usize,
): void {
  const pitch = planePitch(w, padW);
  const plane = planeBytes(h, w, padH, padW);
  const step = c << 2;
  out += padH * pitch + (padW << 4);
  for (let i: usize = 0; i < h; i++, dy += w * step, z += w * step, out += pitch) {
    let o = out;
    for (let q: usize = 0; q < c; q += 4, o += plane) {
      const at = q << 2;
      const count = c - q;
      const m = loadPart(mean + at, count);
      const va = loadPart(a + at, count);
      const vb = loadPart(b + at, count);
      const vd = loadPart(d + at, count);
      let p = at;
      for (let to = o, end = o + (w << 4); to < end; to += 16, p += step) {
        const s = f32x4.add(f32x4.mul(f32x4.sub(loadUpTo(z + p, count), m), vb), vd);
        v128.store(to, f32x4.add(s, f32x4.mul(loadUpTo(dy + p, count), va)));
      }
    }
  }
}

/** Copies pixels of padded(c) numbers to pixels of c numbers. */
export function compact(tile: usize, out: usize, pixels: usize, c: usize): void {
  for (; pixels != 0; pixels--) {
    for (let q: usize = 0; q < c; q += 4) {
      storePart(out + (q << 2), v128.load(tile), c - q);
      tile += 16;
    }
    out += c << 2;
  }
}
