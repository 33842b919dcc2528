import { add, mul, sub } from './lanes';
import { align, loadPart, padded } from './memory';

// Sums over pixels, per channel. A tile's sums are float32 in registers; tiles are added up in float64, around a value
// near the mean, so that a large mean costs the variance no digits.

/** Bytes of the state of {@link momentsTile}: shift f32[C], sum f64[C], sum of squares f64[C]. */
export function momentsBytes(c: usize): usize {
  const n = padded(c);
  return align(n << 2) + (n << 4);
}

// @ts-ignore: decorator
@inline
export function addTo64(p: usize, v: v128): void {
  v128.store(p, f64x2.add(v128.load(p), f64x2.promote_low_f32x4(v)));
  const high = i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  v128.store(p, f64x2.add(v128.load(p, 16), f64x2.promote_low_f32x4(high)), 16);
}

function setShift(state: usize, c: usize, x: usize, pixels: usize, step: usize): void {
  const count = f32x4.splat(pixels as f32);
  for (let q: usize = 0; q < c; q += 4) {
    let s = f32x4.splat(0);
    for (let p: usize = 0; p < pixels; p++) s = f32x4.add(s, loadPart(x + (q << 2) + p * step, c - q));
    v128.store(state + (q << 2), f32x4.div(s, count));
  }
}

/**
 * Adds a tile [pixels, C] (`step` bytes between pixels) to the moments. Before the `first` tile the state may hold
 * anything.
 */
export function momentsTile(state: usize, c: usize, x: usize, pixels: usize, step: usize, first: bool): void {
  const n = padded(c);
  const sums = state + align(n << 2);
  const squares = sums + (n << 3);
  if (first) {
    memory.fill(sums, 0, n << 4);
    setShift(state, c, x, pixels, step);
  }
  let q: usize = 0;
  for (; q + 8 <= c; q += 8) {
    const k0 = v128.load(state + (q << 2));
    const k1 = v128.load(state + (q << 2), 16);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let r0 = s0;
    let r1 = s0;
    let p = x + (q << 2);
    for (let i = pixels; i != 0; i--) {
      const d0 = sub<v128>(v128.load(p), k0);
      const d1 = sub<v128>(v128.load(p, 16), k1);
      p += step;
      s0 = add<v128>(s0, d0);
      s1 = add<v128>(s1, d1);
      r0 = add<v128>(r0, mul<v128>(d0, d0));
      r1 = add<v128>(r1, mul<v128>(d1, d1));
    }
    addTo64(sums + (q << 3), s0);
    addTo64(sums + (q << 3) + 32, s1);
    addTo64(squares + (q << 3), r0);
    addTo64(squares + (q << 3) + 32, r1);
  }
  for (; q < c; q += 4) {
    const k = v128.load(state + (q << 2));
    let s = f32x4.splat(0);
    let r = s;
    let p = x + (q << 2);
    for (let i = pixels; i != 0; i--) {
      const d = sub<v128>(loadPart(p, c - q), k);
      p += step;
      s = add<v128>(s, d);
      r = add<v128>(r, mul<v128>(d, d));
    }
    addTo64(sums + (q << 3), s);
    addTo64(squares + (q << 3), r);
  }
}

/** Mean and biased variance [C] of `count` pixels. */
export function momentsEnd(state: usize, c: usize, count: f64, mean: usize, variance: usize): void {
  const n = padded(c);
  const sums = state + align(n << 2);
  const squares = sums + (n << 3);
  for (let i: usize = 0; i < c; i++) {
    const s = load<f64>(sums + (i << 3)) / count;
    store<f32>(mean + (i << 2), ((load<f32>(state + (i << 2)) as f64) + s) as f32);
    store<f32>(variance + (i << 2), max<f64>(0, load<f64>(squares + (i << 3)) / count - s * s) as f32);
  }
}

/** Mean and biased variance [C] of x [pixels, C]. */
export function moments(x: usize, pixels: usize, c: usize, mean: usize, variance: usize, scratch: usize): void {
  const tile = max<usize>(16, 1024 / c);
  for (let i: usize = 0; i < pixels; i += tile) {
    momentsTile(scratch, c, x + ((i * c) << 2), min(tile, pixels - i), c << 2, i == 0);
  }
  momentsEnd(scratch, c, pixels as f64, mean, variance);
}

/** Bytes of one float64 sum a channel. */
export function sumsBytes(c: usize): usize {
  return padded(c) << 3;
}

/** sums[c] += sum over pixels of dy. */
export function channelSums(dy: usize, pixels: usize, c: usize, step: usize, sums: usize): void {
  for (let q: usize = 0; q < c; q += 4) {
    const count = c - q;
    let s = f32x4.splat(0);
    let p = dy + (q << 2);
    if (count >= 4) {
      let t = s;
      let i = pixels;
      for (; i >= 2; i -= 2) {
        s = add<v128>(s, v128.load(p));
        p += step;
        t = add<v128>(t, v128.load(p));
        p += step;
      }
      if (i != 0) s = add<v128>(s, v128.load(p));
      s = add<v128>(s, t);
    } else {
      for (let i = pixels; i != 0; i--, p += step) s = add<v128>(s, loadPart(p, count));
    }
    addTo64(sums + (q << 3), s);
  }
}

/** sums[c] += sum over pixels of dy (x - mean). */
export function channelProducts(dy: usize, x: usize, pixels: usize, c: usize, step: usize, mean: usize, sums: usize): void {
  let q: usize = 0;
  for (; q + 8 <= c; q += 8) {
    const at = q << 2;
    const m0 = v128.load(mean + at);
    const m1 = v128.load(mean + at, 16);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    for (let i = pixels, p = at; i != 0; i--, p += step) {
      s0 = add<v128>(s0, mul<v128>(v128.load(dy + p), sub<v128>(v128.load(x + p), m0)));
      s1 = add<v128>(s1, mul<v128>(v128.load(dy + p, 16), sub<v128>(v128.load(x + p, 16), m1)));
    }
    addTo64(sums + (q << 3), s0);
    addTo64(sums + (q << 3) + 32, s1);
  }
  for (; q < c; q += 4) {
    const count = c - q;
    const m = loadPart(mean + (q << 2), count);
    let s = f32x4.splat(0);
    for (let i = pixels, p = q << 2; i != 0; i--, p += step) {
      s = add<v128>(s, mul<v128>(loadPart(dy + p, count), sub<v128>(loadPart(x + p, count), m)));
    }
    addTo64(sums + (q << 3), s);
  }
}

/** {@link channelSums} and {@link channelProducts} in one pass, for which dy is read once. */
export function channelSumsAndProducts(
  dy: usize, x: usize, pixels: usize, c: usize, step: usize, mean: usize, sums: usize, products: usize,
): void {
  let q: usize = 0;
  for (; q + 8 <= c; q += 8) {
    const at = q << 2;
    const m0 = v128.load(mean + at);
    const m1 = v128.load(mean + at, 16);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let r0 = s0;
    let r1 = s0;
    for (let i = pixels, p = at; i != 0; i--, p += step) {
      const d0 = v128.load(dy + p);
      const d1 = v128.load(dy + p, 16);
      s0 = add<v128>(s0, d0);
      s1 = add<v128>(s1, d1);
      r0 = add<v128>(r0, mul<v128>(d0, sub<v128>(v128.load(x + p), m0)));
      r1 = add<v128>(r1, mul<v128>(d1, sub<v128>(v128.load(x + p, 16), m1)));
    }
    addTo64(sums + (q << 3), s0);
    addTo64(sums + (q << 3) + 32, s1);
    addTo64(products + (q << 3), r0);
    addTo64(products + (q << 3) + 32, r1);
  }
  if (q < c) {
    const at = q << 2;
    channelSums(dy + at, pixels, c - q, step, sums + (q << 3));
    channelProducts(dy + at, x + at, pixels, c - q, step, mean + at, products + (q << 3));
  }
}

/** Rounds float64 sums to a float32 vector. */
export function sumsEnd(sums: usize, c: usize, out: usize): void {
  for (let i: usize = 0; i < c; i++) store<f32>(out + (i << 2), load<f64>(sums + (i << 3)) as f32);
}

