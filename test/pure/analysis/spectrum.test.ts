import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lanczos } from '../../../src/analysis/lanczos';
import { symmetricEigen } from '../../../src/analysis/symmetric-eigen';
import { stream } from '../../../src/random';

const normals = (n: number, seed: number) => {
  const generator = stream(seed, 'spectrum').generator();
  return Float64Array.from({ length: n }, () => generator.normal());
};

/** A random symmetric matrix, row-major. */
function symmetric(size: number, seed: number): Float64Array {
  const m = normals(size * size, seed);
  return m.map((x, at) => (x + m[(at % size) * size + Math.floor(at / size)]!) / 2);
}

const times = (m: Float64Array, x: Float64Array) =>
  x.map((_, i) => x.reduce((sum, xj, j) => sum + m[i * x.length + j]! * xj, 0));
const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, xi, i) => sum + xi * y[i]!, 0);

/** Q diag(values) Q^T with random orthogonal Q, by Gram and Schmidt. */
function withSpectrum(values: readonly number[], seed: number): Float64Array {
  const n = values.length;
  const q: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    const v = normals(n, seed + 1000 * i);
    for (let pass = 0; pass < 2; pass++)
      for (const other of q) {
        const overlap = dot(v, other);
        for (let k = 0; k < n; k++) v[k]! -= overlap * other[k]!;
      }
    const length = Math.sqrt(dot(v, v));
    q.push(v.map((x) => x / length));
  }
  const m = new Float64Array(n * n);
  q.forEach((v, k) => {
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) m[i * n + j]! += values[k]! * v[i]! * v[j]!;
  });
  return m;
}

const sizes = fc.record({ size: fc.integer({ min: 1, max: 12 }), seed: fc.nat(1e6) });

describe('symmetricEigen', () => {
  it('solves A v = lambda v with orthonormal v, largest first, and keeps trace and norm', () => {
    fc.assert(
      fc.property(sizes, ({ size, seed }) => {
        const m = symmetric(size, seed);
        const { values, vectors } = symmetricEigen(m, size);
        vectors.forEach((v, i) => {
          times(m, v).forEach((x, k) => {
            expect(x).toBeCloseTo(values[i]! * v[k]!, 10);
          });
          vectors.forEach((u, j) => {
            expect(dot(u, v)).toBeCloseTo(i === j ? 1 : 0, 10);
          });
          if (i > 0) expect(values[i]!).toBeLessThanOrEqual(values[i - 1]!);
        });
        const trace = Array.from({ length: size }, (_, i) => m[i * size + i]!).reduce((a, b) => a + b, 0);
        expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(trace, 10);
        expect(dot(values, values)).toBeCloseTo(dot(m, m), 9);
      }),
      { numRuns: 50 },
    );
  });

  it('finds a spectrum put in, with repeated, zero and negative values', () => {
    const put = [3, 3, 1e-6, 0, 0, -2, -2, -1e4];
    const { values } = symmetricEigen(withSpectrum(put, 5), put.length);
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(put[i]!, 8);
    });
  });

  it('looks at the symmetric part only', () => {
    expect([...symmetricEigen([1, 5, -5, 2], 2).values]).toEqual([2, 1]);
  });

  it('is through with the Hessian of the DARTS space, 196 x 196', () => {
    const put = Array.from({ length: 196 }, (_, i) => Math.cos(i) * 2 ** (-i / 20)).sort((a, b) => b - a);
    const { values } = symmetricEigen(withSpectrum(put, 9), 196);
    put.forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 10);
    });
  });

  it('refuses a matrix that is not square, and NaN', () => {
    expect(() => symmetricEigen([1, 2, 3], 2)).toThrow(
      new RangeError('symmetricEigen: the matrix must have 2 * 2 entries, got 3; pass it row by row'),
    );
    expect(() => symmetricEigen([1, 2, Number.NaN, 3], 2)).toThrow(
      'symmetricEigen: every entry must be finite, got NaN; look for NaN in the matrix',
    );
  });
});

describe('lanczos', () => {
  it('finds both ends of the spectrum of a random matrix, with their vectors', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ size, seed }) => {
        const m = symmetric(size, seed);
        const { values } = symmetricEigen(m, size);
        const found = await lanczos((v) => times(m, v), size, { tolerance: 1e-10 });
        expect(found.max).toBeCloseTo(values[0]!, 8);
        expect(found.min).toBeCloseTo(values[size - 1]!, 8);
        expect(dot(found.maxVector, times(m, found.maxVector))).toBeCloseTo(found.max, 8);
        expect(dot(found.minVector, times(m, found.minVector))).toBeCloseTo(found.min, 8);
        expect(found.iterations).toBeLessThanOrEqual(size);
      }),
      { numRuns: 50 },
    );
  });

  it('needs far fewer products than rows where the ends stand clear, and keeps its promise on the error', async () => {
    const put = [5, ...Array.from({ length: 118 }, (_, i) => Math.sin(i)), -4];
    const m = withSpectrum(put, 3);
    let products = 0;
    const found = await lanczos(
      async (v) => {
        products += 1;
        return times(m, v);
      },
      120,
      { tolerance: 1e-3 },
    );
    expect(found.iterations).toBe(products);
    expect(products).toBeLessThan(30);
    expect(found.residual).toBeLessThanOrEqual(5e-3);
    expect(Math.abs(found.max - 5)).toBeLessThanOrEqual(found.residual);
    expect(Math.abs(found.min + 4)).toBeLessThanOrEqual(found.residual);
  });

  it('bears noise in the products of the size of float32', async () => {
    const put = [2, ...Array.from({ length: 48 }, (_, i) => Math.sin(i)), -1.5];
    const m = withSpectrum(put, 4);
    let call = 0;
    const noisy = (v: Float64Array) => {
      const noise = normals(50, 7000 + call++);
      return times(m, v).map((x, i) => x + 1e-5 * noise[i]!);
    };
    const found = await lanczos(noisy, 50);
    expect(found.max).toBeCloseTo(2, 3);
    expect(found.min).toBeCloseTo(-1.5, 3);
  });

  it('stops at the bound on products, and on an invariant subspace', async () => {
    const m = symmetric(12, 1);
    const short = await lanczos((v) => times(m, v), 12, { iterations: 3 });
    expect(short.iterations).toBe(3);
    expect(short.residual).toBeGreaterThan(0.01);
    const identity = await lanczos((v) => v.map((x) => 3 * x), 12);
    expect(identity).toMatchObject({ iterations: 1 });
    expect(identity.max).toBeCloseTo(3, 12);
  });

  it('refuses a size of 0 and products that are not finite', async () => {
    await expect(lanczos((v) => v, 0)).rejects.toThrow(
      new RangeError('lanczos: size must be a positive integer, got 0; correct it'),
    );
    await expect(lanczos(() => Float64Array.of(Number.NaN, 1), 2)).rejects.toThrow(
      'lanczos: a product must be 2 finite numbers, got [NaN, 1]; look for NaN in the loss',
    );
  });
});
