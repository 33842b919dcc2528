import type { DrawAttributes, NoiseAttributes } from '../kernels';
import { float, type Uniform, unsigned } from './shader';

/** The rotations of a group of four rounds of Threefry. */
const rounds = (...rotations: number[]) =>
  rotations.map((r) => `a = a + b; b = ((b << ${r}u) | (b >> ${32 - r}u)) ^ a;`).join(' ');

const THREEFRY = `
  fn threefry(block : u32) -> vec2<u32> {
    let k0 = uniforms.key0;
    let k1 = uniforms.key1;
    let k2 = k0 ^ k1 ^ 0x1bd11bdau;
    var a = block + k0;
    var b = uniforms.counter + k1;
    ${rounds(13, 15, 26, 6)}
    a = a + k1; b = b + k2 + 1u;
    ${rounds(17, 29, 16, 24)}
    a = a + k2; b = b + k0 + 2u;
    ${rounds(13, 15, 26, 6)}
    a = a + k0; b = b + k1 + 3u;
    ${rounds(17)}
    return vec2<u32>(a, b);
  }`;

/** The unit draws of src/random, step by step in the same order; they differ by a device's rounding of sqrt at most. */
const UNIT = {
  uniform: `${THREEFRY}
  fn unit(index : i32) -> f32 {
    let words = threefry(u32(index) / 2u);
    let word = select(words.x, words.y, index % 2 == 1);
    return f32(2u * (word >> 9u) + 1u) * 1.1920928955078125e-7 - 1.0;
  }`,
  gaussian: `${THREEFRY}
  fn lnOf24Bits(n : u32) -> f32 {
    var exponent = 31 - i32(countLeadingZeros(n));
    var m = ldexp(f32(n), -exponent);
    if (m > 1.41421354) { m = m * 0.5; exponent = exponent + 1; }
    let t = m - 1.0;
    let z = t * t;
    var p = 7.0376836292e-2 * t;
    p = (p - 1.151461031e-1) * t;
    p = (p + 1.167699874e-1) * t;
    p = (p - 1.2420140846e-1) * t;
    p = (p + 1.4249322787e-1) * t;
    p = (p - 1.6668057665e-1) * t;
    p = (p + 2.0000714765e-1) * t;
    p = (p - 2.4999993993e-1) * t;
    p = p + 3.3333331174e-1;
    p = p * t * z;
    p = p - 0.5 * z;
    return (t + p) + f32(exponent - 24) * 0.693147182;
  }
  fn unit(index : i32) -> f32 {
    let words = threefry(u32(index) / 2u);
    let r = sqrt(-2.0 * lnOf24Bits((words.x >> 8u) + 1u));
    let turn = words.y >> 8u;
    let quadrant = turn >> 22u;
    let x = (f32(turn & 0x3fffffu) * 2.384185791015625e-7 - 0.5) * 1.57079637;
    let z = x * x;
    var s = -1.9515295891e-4 * z;
    s = (s + 8.3321608736e-3) * z;
    s = (s - 1.6666654611e-1) * z;
    s = s * x + x;
    var c = 2.443315711809948e-5 * z;
    c = (c - 1.388731625493765e-3) * z;
    c = (c + 4.166664568298827e-2) * z;
    c = c * z;
    c = (c - 0.5 * z) + 1.0;
    let odd = (quadrant & 1u) == 1u;
    if (index % 2 == 0) { return r * select(c, s, odd) * select(1.0, -1.0, quadrant == 1u || quadrant == 2u); }
    return r * select(s, c, odd) * select(1.0, -1.0, quadrant >= 2u);
  }`,
} as const;

const law = (uniform: boolean) => (uniform ? 'uniform' : 'gaussian');

/** WGSL and uniforms of a draw. */
export interface DrawCode {
  readonly key: string;
  readonly uniforms: Readonly<Record<string, Uniform>>;
  readonly code: string;
}

/** WGSL: `unit(index)`, the draw of an element. */
export const unitCode = ({ key0, key1, counter, uniform }: DrawAttributes): DrawCode => ({
  key: law(uniform),
  uniforms: { key0: unsigned(key0), key1: unsigned(key1), counter: unsigned(counter) },
  code: UNIT[law(uniform)],
});

/**
 * WGSL: `factor(index)`, the noise n = (mean + scale d) rate + rest of an element, and `disturbed(x, index)`, x with it. Relative noise reads the array
 * `deviation` of one number.
 */
export function noiseCode(attrs: NoiseAttributes): DrawCode {
  const { uniform, multiplicative, mean, std, relative, rate, shrink } = attrs;
  const unit = unitCode(attrs);
  return {
    key: `${unit.key}_${relative ? 'relative' : 'absolute'}_${multiplicative ? 'times' : 'plus'}`,
    uniforms: {
      ...unit.uniforms,
      scale: float(std * (uniform ? Math.sqrt(3) : 1)),
      mean: float(mean),
      rate: float(rate),
      // 1 + rate (n - 1) = rate n + (1 - rate)
      rest: float(multiplicative && !shrink ? 1 - rate : 0),
    },
    code: `${unit.code}
  fn factor(index : i32) -> f32 {
    let scale = uniforms.scale${relative ? ' * deviation[0]' : ''};
    return (unit(index) * scale + uniforms.mean) * uniforms.rate + uniforms.rest;
  }
  fn disturbed(x : f32, index : i32) -> f32 { return x ${multiplicative ? '*' : '+'} factor(index); }`,
  };
}
