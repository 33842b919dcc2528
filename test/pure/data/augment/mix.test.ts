import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dataset, fromArrays } from '../../../../src/data';
import { mix } from '../../../../src/data/augment/mix';
import { beta, stream } from '../../../../src/random';

const generator = (seed: number) => stream(seed).generator();

/** Examples whose numbers all say which example they are of, with targets of the given kind. */
function told(
  count: number,
  shape: readonly number[],
  kind: Pick<Dataset, 'classes' | 'targets'> = { classes: count },
) {
  const size = shape.reduce((a, b) => a * b);
  const answers = kind.targets ? kind.targets.shape.reduce((a, b) => a * b) : 1;
  const of = (each: number) => Float32Array.from({ length: count * each }, (_, i) => Math.floor(i / each));
  const dataset = fromArrays({ x: of(size), y: of(answers), shape, ...kind });
  const raw = dataset.read(Array.from({ length: count }, (_, i) => i));
  return { dataset, raw, size };
}

describe('beta', () => {
  it.each([0.05, 0.2, 1, 4])('(%s) has the mean, the variance and the symmetry of its law', (alpha) => {
    const draws = generator(5);
    const count = 20_000;
    const values = Array.from({ length: count }, () => beta(draws, alpha));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    const mean = values.reduce((a, b) => a + b) / count;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    const law = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(law / count));
    expect(Math.abs(variance / law - 1)).toBeLessThan(0.05);
    const low = values.filter((value) => value < 0.5).length;
    expect(Math.abs(low - count / 2)).toBeLessThan(2.5 * Math.sqrt(count));
  });

  it('(1) is uniform', () => {
    const draws = generator(6);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[Math.floor(10 * beta(draws, 1))]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(9 + 5 * Math.sqrt(18));
  });
});

describe('mixup', () => {
  it('is lambda of each and 1 - lambda of its partner, targets likewise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), (count, seed) => {
        const { dataset, raw, size } = told(count, [2, 3]);
        const { x, y } = mix(dataset, raw, { mixup: { alpha: 0.4 } }, generator(seed));
        const draws = generator(seed);
        const lambda = beta(draws, 0.4);
        const order = draws.permutation(count);
        for (let n = 0; n < count; n++) {
          const shares = new Float32Array(count);
          shares[n] = lambda;
          shares[order[n]!] = n === order[n] ? 1 : 1 - lambda;
          expect(Array.from(y.subarray(n * count, (n + 1) * count))).toEqual(
            Array.from(shares, (share) => expect.closeTo(share, 6)),
          );
          for (const value of x.subarray(n * size, (n + 1) * size))
            expect(value).toBeCloseTo(lambda * n + (1 - lambda) * order[n]!, 5);
        }
        // The batch itself stays.
        expect(raw.y).toEqual(Int32Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  it('mixes numbers as they are', () => {
    const { dataset, raw } = told(4, [3], { targets: { shape: [2] } });
    const { x, y } = mix(dataset, raw, { mixup: { alpha: 1 } }, generator(3));
    for (let n = 0; n < 4; n++) expect(y[2 * n]).toBeCloseTo(x[3 * n]!, 5);
  });
});

describe('cutmix', () => {
  it.each([[[8, 8, 1]], [[16, 2]], [[4, 6, 5, 1]]])(
    'pastes one box of %s, and shares targets by what is left',
    (shape) => {
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const { dataset, raw, size } = told(5, shape);
          const { x, y } = mix(dataset, raw, { cutmix: { alpha: 1 } }, generator(seed));
          for (let n = 0; n < 5; n++) {
            const values = x.subarray(n * size, (n + 1) * size);
            const others = new Set(values.filter((value) => value !== n));
            expect(others.size).toBeLessThanOrEqual(1);
            const left = values.filter((value) => value === n).length / size;
            expect(y[n * 5 + n]).toBeCloseTo(left, 5);
            for (const partner of others) expect(y[n * 5 + partner]).toBeCloseTo(1 - left, 5);
          }
        }),
      );
    },
  );

  it('pastes maps of targets with their examples', () => {
    const { dataset, raw } = told(3, [4, 4, 1], { targets: { shape: [4, 4, 2] } });
    const { x, y } = mix(dataset, raw, { cutmix: { alpha: 1 } }, generator(11));
    expect(Array.from(y)).toEqual(Array.from(x).flatMap((value) => [value, value]));
    expect(new Set(x.subarray(0, 16)).size).toBe(2);
  });

  it('takes turns with mixup where both are asked for', () => {
    const { dataset, raw } = told(2, [8, 8, 1]);
    let blends = 0;
    for (let seed = 0; seed < 200; seed++) {
      const both = { mixup: { alpha: 1 }, cutmix: { alpha: 1 } };
      const { x } = mix(dataset, raw, both, generator(seed));
      if (x.some((value) => !Number.isInteger(value))) blends += 1;
    }
    // Of the mixups half have the batch in its own order, where nothing shows.
    expect(blends).toBeGreaterThan(25);
    expect(blends).toBeLessThan(75);
  });
});
