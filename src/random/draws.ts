import { typeError } from '../errors';
import { threefry2x32 } from './threefry';

/** A 64-bit key: which stream of numbers to draw from. */
export type StreamKey = readonly [number, number];

const f = Math.fround;
const LN2 = f(Math.LN2);
const HALF_PI = f(1.5707963267948966);
const SQRT2 = f(Math.SQRT2);
const INVERSE_POWERS = Float64Array.from({ length: 25 }, (_, e) => 2 ** -e);

// The classic single-precision polynomials of the Cephes library.
const L0 = f(7.0376836292e-2);
const L1 = f(-1.151461031e-1);
const L2 = f(1.167699874e-1);
const L3 = f(-1.2420140846e-1);
const L4 = f(1.4249322787e-1);
const L5 = f(-1.6668057665e-1);
const L6 = f(2.0000714765e-1);
const L7 = f(-2.4999993993e-1);
const L8 = f(3.3333331174e-1);
const S0 = f(-1.9515295891e-4);
const S1 = f(8.3321608736e-3);
const S2 = f(-1.6666654611e-1);
const C0 = f(2.443315711809948e-5);
const C1 = f(-1.388731625493765e-3);
const C2 = f(4.166664568298827e-2);

/**
 * Natural logarithm of `n * 2^-24` for an integer n in [1, 2^24], in float32 steps only.
 *
 * Only +, *, and exact scaling by powers of two are used, each rounded to float32: every IEEE machine, scalar or
 * SIMD, gives the same bits.
 */
function lnOf24Bits(n: number): number {
  let exponent = 31 - Math.clz32(n);
  let m = n * INVERSE_POWERS[exponent]!;
  if (m > SQRT2) {
    m *= 0.5;
    exponent += 1;
  }
  const t = f(m - 1);
  const z = f(t * t);
  let p = f(L0 * t);
  p = f(f(p + L1) * t);
  p = f(f(p + L2) * t);
  p = f(f(p + L3) * t);
  p = f(f(p + L4) * t);
  p = f(f(p + L5) * t);
  p = f(f(p + L6) * t);
  p = f(f(p + L7) * t);
  p = f(p + L8);
  p = f(f(p * t) * z);
  p = f(p - f(0.5 * z));
  return f(f(t + p) + f((exponent - 24) * LN2));
}

function sinQuarter(x: number, z: number): number {
  let p = f(S0 * z);
  p = f(f(p + S1) * z);
  p = f(f(p + S2) * z);
  return f(f(p * x) + x);
}

function cosQuarter(z: number): number {
  let p = f(C0 * z);
  p = f(f(p + C1) * z);
  p = f(f(p + C2) * z);
  p = f(p * z);
  return f(f(p - f(0.5 * z)) + 1);
}

const words = new Uint32Array(2);

/**
 * Fills `out` with standard normal draws that depend on (key, counter, index) alone.
 *
 * Elements 2i and 2i+1 come from the Threefry block at (i, counter) by the Box-Muller transform:
 * r = sqrt(-2 ln u), (r cos a, r sin a), u in (0, 1] and a uniform over the circle in steps of 2^-24.
 * Largest possible magnitude: 5.77.
 *
 * Source: Box & Muller (1958).
 */
export function fillNormal(out: Float32Array, key: StreamKey, counter: number): Float32Array {
  checkDraw('fillNormal', out, key);
  const k0 = key[0];
  const k1 = key[1];
  for (let i = 0; i < out.length; i += 2) {
    threefry2x32(k0, k1, i >>> 1, counter, words);
    const r = f(Math.sqrt(f(-2 * lnOf24Bits((words[0]! >>> 8) + 1))));
    const turn = words[1]! >>> 8;
    const x = f(f((turn & 0x3fffff) * 2 ** -22 - 0.5) * HALF_PI);
    const z = f(x * x);
    const s = sinQuarter(x, z);
    const c = cosQuarter(z);
    const quadrant = turn >>> 22;
    const odd = (quadrant & 1) === 1;
    out[i] = r * (odd ? s : c) * (quadrant === 1 || quadrant === 2 ? -1 : 1);
    if (i + 1 < out.length) out[i + 1] = r * (odd ? c : s) * (quadrant >= 2 ? -1 : 1);
  }
  return out;
}

/**
 * Fills `out` with draws uniform on (-1, 1) that depend on (key, counter, index) alone.
 *
 * Element j is word j mod 2 of the Threefry block at (floor(j / 2), counter), taken as the centre of one of 2^23
 * equal cells: mean exactly 0, variance 1/3, both ends excluded.
 */
export function fillUniform(out: Float32Array, key: StreamKey, counter: number): Float32Array {
  checkDraw('fillUniform', out, key);
  const [k0, k1] = key;
  for (let i = 0; i < out.length; i += 2) {
    threefry2x32(k0, k1, i >>> 1, counter, words);
    out[i] = (2 * (words[0]! >>> 9) + 1) * 2 ** -23 - 1;
    if (i + 1 < out.length) out[i + 1] = (2 * (words[1]! >>> 9) + 1) * 2 ** -23 - 1;
  }
  return out;
}

function checkDraw(fn: string, out: Float32Array, key: StreamKey): void {
  if (!(out instanceof Float32Array) || key?.length !== 2)
    throw typeError(
      fn,
      'there must be a Float32Array to fill and a key of two numbers',
      key,
      "pass a stream's key",
    );
}
