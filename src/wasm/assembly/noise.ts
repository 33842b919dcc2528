// The draws of src/random/draws.ts, four blocks at a time, to the same bits: the same integer operations, and the same
// float32 operations, each rounded once, in the same order. A change there is a change here.

// @ts-ignore: decorator
@inline
function rotate(v: v128, by: i32): v128 {
  return v128.or(i32x4.shl(v, by), i32x4.shr_u(v, 32 - by));
}

// @ts-ignore: decorator
@inline
function mul(a: v128, b: f32): v128 {
  return f32x4.mul(a, f32x4.splat(b));
}

// @ts-ignore: decorator
@inline
function plus(a: v128, b: f32): v128 {
  return f32x4.add(a, f32x4.splat(b));
}

/** log(n 2^-24) for n in [1, 2^24]. */
// @ts-ignore: decorator
@inline
function lnOf24Bits(n: v128): v128 {
  const bits = f32x4.convert_i32x4_s(n);
  let exponent = i32x4.sub(i32x4.shr_u(bits, 23), i32x4.splat(127 + 24));
  let m = v128.or(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f800000));
  const high = f32x4.gt(m, f32x4.splat(1.4142135623730951));
  m = v128.bitselect(mul(m, 0.5), m, high);
  exponent = i32x4.sub(exponent, high);
  const t = f32x4.sub(m, f32x4.splat(1));
  const z = f32x4.mul(t, t);
  let p = mul(t, 7.0376836292e-2);
  p = f32x4.mul(plus(p, -1.151461031e-1), t);
  p = f32x4.mul(plus(p, 1.167699874e-1), t);
  p = f32x4.mul(plus(p, -1.2420140846e-1), t);
  p = f32x4.mul(plus(p, 1.4249322787e-1), t);
  p = f32x4.mul(plus(p, -1.6668057665e-1), t);
  p = f32x4.mul(plus(p, 2.0000714765e-1), t);
  p = f32x4.mul(plus(p, -2.4999993993e-1), t);
  p = plus(p, 3.3333331174e-1);
  p = f32x4.mul(f32x4.mul(p, t), z);
  p = f32x4.sub(p, mul(z, 0.5));
  return f32x4.add(f32x4.add(t, p), mul(f32x4.convert_i32x4_s(exponent), 0.6931471805599453));
}

// @ts-ignore: decorator
@inline
function sinQuarter(x: v128, z: v128): v128 {
  let p = mul(z, -1.9515295891e-4);
  p = f32x4.mul(plus(p, 8.3321608736e-3), z);
  p = f32x4.mul(plus(p, -1.6666654611e-1), z);
  return f32x4.add(f32x4.mul(p, x), x);
}

// @ts-ignore: decorator
@inline
function cosQuarter(z: v128): v128 {
  let p = mul(z, 2.443315711809948e-5);
  p = f32x4.mul(plus(p, -1.388731625493765e-3), z);
  p = f32x4.mul(plus(p, 4.166664568298827e-2), z);
  p = f32x4.mul(p, z);
  return plus(f32x4.sub(p, mul(z, 0.5)), 1);
}

/** The first 6 rounds of Threefry blocks `block` ... `block + 3` at (key, counter): the first words, then the second. */
// @ts-ignore: decorator
@inline
function threefryFirst(k0: i32, k1: i32, block: i32, counter: i32, out: usize): void {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  const v1 = i32x4.splat(k1);
  let a = i32x4.add(i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3)), i32x4.splat(k0));
  let b = i32x4.splat(counter + k1);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 13), a);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 15), a);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 26), a);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 6), a);
  a = i32x4.add(a, v1);
  b = i32x4.add(b, i32x4.splat(k2 + 1));
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 17), a);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 29), a);
  v128.store(out, a);
  v128.store(out, b, 16);
}

/** The other 7 rounds, in place. */
// @ts-ignore: decorator
@inline
function threefrySecond(k0: i32, k1: i32, out: usize): void {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let a = v128.load(out);
  let b = v128.load(out, 16);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 16), a);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 24), a);
  a = i32x4.add(a, i32x4.splat(k2));
  b = i32x4.add(b, i32x4.splat(k0 + 2));
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 13), a);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 15), a);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 26), a);
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 6), a);
  a = i32x4.add(a, i32x4.splat(k0));
  b = i32x4.add(b, i32x4.splat(k1 + 3));
  a = i32x4.add(a, b);
  b = v128.xor(rotate(b, 17), a);
  v128.store(out, a);
  v128.store(out, b, 16);
}

/** Writes the draws of four blocks, first and second of each block next to each other. */
// @ts-ignore: decorator
@inline
function interleave(first: v128, second: v128, out: usize): void {
  v128.store(out, i8x16.shuffle(first, second, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23));
  v128.store(out, i8x16.shuffle(first, second, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31), 16);
}

/** Turns the first words of four blocks into radii, in place. */
// @ts-ignore: decorator
@inline
function radius4(p: usize): void {
  v128.store(p, f32x4.sqrt(mul(lnOf24Bits(i32x4.add(i32x4.shr_u(v128.load(p), 8), i32x4.splat(1))), -2)));
}

/** Turns the radii and second words of four blocks into 8 standard normal draws, in place. */
// @ts-ignore: decorator
@inline
function normal8(p: usize): void {
  const r = v128.load(p);
  const turn = i32x4.shr_u(v128.load(p, 16), 8);
  const fraction = f32x4.convert_i32x4_s(v128.and(turn, i32x4.splat(0x3fffff)));
  const x = mul(plus(mul(fraction, 2.384185791015625e-7), -0.5), 1.5707963267948966);
  const z = f32x4.mul(x, x);
  const s = sinQuarter(x, z);
  const c = cosQuarter(z);
  // The bits of the quadrant: odd ones exchange sine and cosine; the sign bits are those of the rotation.
  const quadrant = i32x4.shr_u(turn, 22);
  const odd = i32x4.eq(v128.and(quadrant, i32x4.splat(1)), i32x4.splat(1));
  const upper = i32x4.shl(i32x4.shr_u(quadrant, 1), 31);
  const cosSign = v128.xor(upper, i32x4.shl(quadrant, 31));
  const first = v128.xor(f32x4.mul(r, v128.bitselect(s, c, odd)), cosSign);
  const second = v128.xor(f32x4.mul(r, v128.bitselect(c, s, odd)), upper);
  interleave(first, second, p);
}

/** The centre of one of 2^23 cells of (-1, 1). */
// @ts-ignore: decorator
@inline
function centred(word: v128): v128 {
  const n = i32x4.add(i32x4.shl(i32x4.shr_u(word, 9), 1), i32x4.splat(1));
  return plus(mul(f32x4.convert_i32x4_s(n), 1.1920928955078125e-7), -1);
}

/** Turns the words of four blocks into 8 draws uniform on (-1, 1), in place. */
// @ts-ignore: decorator
@inline
function uniform8(p: usize): void {
  interleave(centred(v128.load(p)), centred(v128.load(p, 16)), p);
}

/** Draws of a tile. Every step passes over the whole tile: chains of operations short enough to overlap. */
const TILE: usize = 1024;

/** The `n` draws from number `from`, a multiple of 8, on, rounded up to a multiple of 8. */
// @ts-ignore: decorator
@inline
function drawTile(out: usize, from: usize, n: usize, k0: i32, k1: i32, counter: i32, uniform: bool): void {
  const end = out + (n << 2);
  let block = (from >>> 1) as i32;
  for (let p = out; p < end; p += 32, block += 4) threefryFirst(k0, k1, block, counter, p);
  for (let p = out; p < end; p += 32) threefrySecond(k0, k1, p);
  if (uniform) {
    for (let p = out; p < end; p += 32) uniform8(p);
    return;
  }
  for (let p = out; p < end; p += 32) radius4(p);
  for (let p = out; p < end; p += 32) normal8(p);
}

/** Fills out[0 .. n) with the draws at (key, counter). */
export function fillNoise(out: usize, n: usize, k0: i32, k1: i32, counter: i32, uniform: bool, perturbScratch: usize): void {
  const whole = n & ~7;
  for (let i: usize = 0; i < whole; i += TILE) {
    drawTile(out + (i << 2), i, min(TILE, whole - i), k0, k1, counter, uniform);
  }
  if (whole < n) {
    drawTile(perturbScratch, whole, 8, k0, k1, counter, uniform);
    memory.copy(out + (whole << 2), perturbScratch, (n - whole) << 2);
  }
}

/** Bytes of scratch for {@link perturb}. */
export function perturbBytes(): usize {
  return (TILE + 8) << 2;
}

/**
 * y = x + n, or x n with `multiply`, over n numbers, where n = rate (scale d + mean) + rest and d is the draw at
 * (key, counter, index).
 */
export function perturb(
  x: usize, y: usize, n: usize, scale: f32, mean: f32, rate: f32, rest: f32, multiply: bool,
  k0: i32, k1: i32, counter: i32, uniform: bool, scratch: usize,
): void {
  const gain = rate * scale;
  const offset = rate * mean + rest;
  for (let i: usize = 0; i < n; i += TILE) {
    const count = min(TILE, n - i);
    drawTile(scratch, i, count, k0, k1, counter, uniform);
    let p = i << 2;
    let d = scratch;
    const end = p + ((count & ~3) << 2);
    if (multiply) {
      for (; p < end; p += 16, d += 16) {
        v128.store(y + p, f32x4.mul(v128.load(x + p), plus(mul(v128.load(d), gain), offset)));
      }
    } else {
      for (; p < end; p += 16, d += 16) {
        v128.store(y + p, f32x4.add(v128.load(x + p), plus(mul(v128.load(d), gain), offset)));
      }
    }
    for (const end = (i + count) << 2; p < end; p += 4, d += 4) {
      const noise = load<f32>(d) * gain + offset;
      const value = load<f32>(x + p);
      store<f32>(y + p, multiply ? value * noise : value + noise);
    }
  }
}
