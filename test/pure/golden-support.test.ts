import { describe, expect, it } from 'vitest';
import { digest, errorOf, generate, toleranceOf, values } from '../golden/support/fixtures';

const meta = { file: 'some.json', schema: 1, tolerance: { out: 1e-5, 'low and high': 1e-3 } };

describe('toleranceOf', () => {
  it('finds a kind, also where one key names two', () => {
    expect(toleranceOf(meta, 'out')).toBe(1e-5);
    expect(toleranceOf(meta, 'low')).toBe(1e-3);
    expect(toleranceOf(meta, 'high')).toBe(1e-3);
  });

  it('refuses a kind that the fixture does not list', () => {
    expect(() => toleranceOf(meta, 'grads')).toThrow(
      "toleranceOf: some.json has no tolerance for 'grads'; its kinds are out, low and high",
    );
  });
});

describe('the generator', () => {
  it('reproduces the numbers that a fixture records of its own tensor', () => {
    const first5 = [-0.16043091, -0.013442993, -0.11109924, -0.07686615, -0.030090332];
    const stem = {
      shape: [3, 3, 3, 12],
      lcg: [1001008, 0.25, 0],
      check: { first5, sum: 1.67115020752 },
    } as const;
    const out = values(stem);
    expect(out).toHaveLength(324);
    expect(out[0]).toBeCloseTo(first5[0]!, 8);
    expect(() => values({ ...stem, check: { first5, sum: 1.6712 } })).toThrow(
      'values: the generated tensor begins',
    );
    expect(() => values({ ...stem, lcg: [1001009, 0.25, 0] })).toThrow('values: the generated tensor begins');
  });

  it('steps before each value, scales and shifts', () => {
    const s = 7 * 1664525 + 1013904223;
    expect(generate([7, 2, 3], 1)).toEqual([((s >>> 16) / 32768 - 1) * 2 + 3]);
    expect(generate([7, 2, 3], 4).slice(0, 2)).toEqual(generate([7, 2, 3], 2));
  });

  it('refuses data that does not fill the shape', () => {
    expect(() => values({ shape: [2, 2], data: [1, 2, 3] })).toThrow(
      'values: a fixture of shape [2,2] holds 3 numbers',
    );
  });
});

describe('errorOf', () => {
  const expected = { shape: [4], data: [1, -4, 2, 0.5] };

  it('is the largest difference over the largest expected value', () => {
    expect(errorOf([1, -4, 2, 0.5], expected)).toBe(0);
    expect(errorOf([1, -4, 2.004, 0.5], expected)).toBeCloseTo(0.001, 10);
    expect(errorOf(2.5, 2)).toBe(0.25);
    expect(errorOf([1, 2], [1, 4])).toBe(0.5);
  });

  it('is absolute, over 1e-6, where zeros are expected', () => {
    expect(errorOf([0, 1e-6], { shape: [2], data: [0, 0] })).toBeCloseTo(1, 10);
  });

  it.each([
    ['a NaN', [1, Number.NaN, 2, 0.5]],
    ['an infinity', [1, Number.POSITIVE_INFINITY, 2, 0.5]],
  ])('is over every tolerance with %s', (_, actual) => {
    expect(errorOf(actual, expected) <= 1e9).toBe(false);
  });

  it('refuses another number of values, and nothing at all', () => {
    expect(() => errorOf([1, -4, 2], expected)).toThrow('errorOf: the result has 3 values, the fixture 4');
    expect(() => errorOf([], [])).toThrow('errorOf: the result has 0 values, the fixture 0');
  });
});

describe('errorOf a digest', () => {
  const tensor = Float64Array.from({ length: 40 }, (_, i) => Math.sin(3 * i) * (i < 5 ? 0.01 : 1));
  const expected = digest(tensor);
  const planted = (index: number, by: number) => tensor.map((v, i) => (i === index ? v + by : v));

  it('is zero for the tensor it was taken of', () => {
    expect(errorOf(tensor, expected)).toBe(0);
    expect(expected.first5).toEqual([...tensor.slice(0, 5)]);
    expect(expected.l2).toBeCloseTo(Math.hypot(...tensor), 12);
  });

  it.each([0, 4, 5, 39])('sees an error planted at %i, in proportion', (index) => {
    const small = errorOf(planted(index, 1e-4), expected);
    expect(small).toBeGreaterThan(1e-6);
    expect(errorOf(planted(index, 1e-2), expected)).toBeGreaterThan(50 * small);
  });

  it('sees a permutation that keeps the norm and the first values', () => {
    expect(errorOf([...tensor.slice(0, 5), ...tensor.slice(5).reverse()], expected)).toBeGreaterThan(1e-3);
  });

  it('measures small first values against the size of the whole tensor', () => {
    const rms = expected.l2 / Math.sqrt(40);
    expect(rms).toBeGreaterThan(10 * Math.max(...expected.first5.map(Math.abs)));
    expect(errorOf(planted(1, 1e-3), expected)).toBeCloseTo(1e-3 / rms, 5);
  });

  it('is over every tolerance with a NaN, and refuses a tensor shorter than its first values', () => {
    expect(errorOf(planted(20, Number.NaN), expected) <= 1e9).toBe(false);
    expect(() => errorOf([1, 2], expected)).toThrow('errorOf: the result has 2 values, the fixture 5');
  });
});
