import { add, mac, mul, splat, sub } from './lanes';

// Maps over n numbers: whole vectors, then the rest one by one.

// @ts-ignore: decorator
@inline
function whole(n: usize): usize {
  return (n & ~3) << 2;
}

/** y = a + b. */
export function addForward(a: usize, b: usize, y: usize, n: usize): void {
  let p: usize = 0;
  for (const end = whole(n); p < end; p += 16) v128.store(y + p, add<v128>(v128.load(a + p), v128.load(b + p)));
  for (const end = n << 2; p < end; p += 4) store<f32>(y + p, load<f32>(a + p) + load<f32>(b + p));
}

/** y = factor x. */
export function scale(x: usize, y: usize, n: usize, factor: f32): void {
  let p: usize = 0;
  const f = f32x4.splat(factor);
  for (const end = whole(n); p < end; p += 16) v128.store(y + p, mul<v128>(f, v128.load(x + p)));
  for (const end = n << 2; p < end; p += 4) store<f32>(y + p, factor * load<f32>(x + p));
}

/** y += factor x. */
export function addScaled(x: usize, y: usize, n: usize, factor: f32): void {
  let p: usize = 0;
  const f = f32x4.splat(factor);
  for (const end = whole(n); p < end; p += 16) v128.store(y + p, mac<v128>(v128.load(y + p), f, v128.load(x + p)));
  for (const end = n << 2; p < end; p += 4) store<f32>(y + p, load<f32>(y + p) + factor * load<f32>(x + p));
}

/** Numbers of a block whose float32 sum is added to a float64 total. */
const BLOCK: usize = 1024;

// @ts-ignore: decorator
@inline
export function total(v: v128): f64 {
  const low = f64x2.promote_low_f32x4(v);
  const high = f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  const s = f64x2.add(low, high);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** Sum of a b. */
export function dot(a: usize, b: usize, n: usize): f64 {
  let sum: f64 = 0;
  let i: usize = 0;
  while (i + 8 <= n) {
    const stop = min(n & ~7, i + BLOCK);
    let s0 = splat<v128>(0);
    let s1 = s0;
    for (let p = i << 2, end = stop << 2; p < end; p += 32) {
      s0 = mac<v128>(s0, v128.load(a + p), v128.load(b + p));
      s1 = mac<v128>(s1, v128.load(a + p, 16), v128.load(b + p, 16));
    }
    sum += total(add<v128>(s0, s1));
    i = stop;
  }
  for (; i < n; i++) sum += (load<f32>(a + (i << 2)) as f64) * (load<f32>(b + (i << 2)) as f64);
  return sum;
}

/** Sum of x. */
export function sum(x: usize, n: usize): f64 {
  let all: f64 = 0;
  let i: usize = 0;
  while (i + 8 <= n) {
    const stop = min(n & ~7, i + BLOCK);
    let s0 = splat<v128>(0);
    let s1 = s0;
    for (let p = i << 2, end = stop << 2; p < end; p += 32) {
      s0 = add<v128>(s0, v128.load(x + p));
      s1 = add<v128>(s1, v128.load(x + p, 16));
    }
    all += total(add<v128>(s0, s1));
    i = stop;
  }
  for (; i < n; i++) all += load<f32>(x + (i << 2)) as f64;
  return all;
}

/** Sum of (x - centre)^2. */
export function squares(x: usize, n: usize, centre: f32): f64 {
  let all: f64 = 0;
  let i: usize = 0;
  const k = f32x4.splat(centre);
  while (i + 8 <= n) {
    const stop = min(n & ~7, i + BLOCK);
    let s0 = splat<v128>(0);
    let s1 = s0;
    for (let p = i << 2, end = stop << 2; p < end; p += 32) {
      const d0 = sub<v128>(v128.load(x + p), k);
      const d1 = sub<v128>(v128.load(x + p, 16), k);
      s0 = mac<v128>(s0, d0, d0);
      s1 = mac<v128>(s1, d1, d1);
    }
    all += total(add<v128>(s0, s1));
    i = stop;
  }
  for (; i < n; i++) {
    const d = (load<f32>(x + (i << 2)) as f64) - (centre as f64);
    all += d * d;
  }
  return all;
}
