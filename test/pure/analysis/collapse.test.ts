import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphaEntropy, skipCount, skipShare } from '../../../src/analysis/collapse';

const weight = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
const edge = fc.array(weight, { minLength: 3, maxLength: 3 }).filter((row) => row.some((w) => w > 0));
const edges = fc.array(edge, { minLength: 1, maxLength: 14 });

describe('skipCount', () => {
  const genotype = {
    normal: [
      ['skip_connect', 0],
      ['sep_conv_3x3', 1],
      ['skip_connect', 0],
      ['max_pool_3x3', 2],
    ],
    reduce: [
      ['max_pool_3x3', 0],
      ['skip_connect', 1],
    ],
  } as const;

  it('counts the skip connections of each cell', () => {
    expect(skipCount(genotype)).toEqual({ normal: 2, reduce: 1 });
  });

  it('counts any other primitive by name', () => {
    expect(skipCount(genotype, 'max_pool_3x3')).toEqual({ normal: 1, reduce: 1 });
    expect(skipCount(genotype, 'dil_conv_5x5')).toEqual({ normal: 0, reduce: 0 });
  });
});

describe('skipShare', () => {
  const names = ['max_pool_3x3', 'skip_connect', 'sep_conv_3x3'];

  it('is the mass of the skip column over all mass', () => {
    expect(
      skipShare(
        [
          [0.5, 0.25, 0.25],
          [0, 1, 0],
        ],
        names,
      ),
    ).toBe(0.625);
  });

  it('follows names that differ from edge to edge', () => {
    const weights = [
      [0.75, 0.25],
      [0.5, 0.5],
    ];
    const perEdge = [
      ['skip_connect', 'dil_conv_3x3'],
      ['dil_conv_3x3', 'dil_conv_5x5'],
    ];
    expect(skipShare(weights, perEdge)).toBe(0.375);
  });

  it('shares out to 1 over the primitives, whatever the scale of the weights', () => {
    fc.assert(
      fc.property(edges, fc.integer({ min: 1, max: 9 }), (weights, scale) => {
        const shares = names.map((name) => skipShare(weights, names, name));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
        const scaled = weights.map((row) => row.map((w) => w * scale));
        expect(skipShare(scaled, names)).toBeCloseTo(shares[1]!, 12);
      }),
    );
  });

  it('is 0 where there is no such primitive', () => {
    expect(skipShare([[0.5, 0.5, 0]], names, 'none')).toBe(0);
  });

  it('refuses names that do not fit, and alpha itself', () => {
    expect(() => skipShare([[0.5, 0.5]], names)).toThrow(
      new RangeError(
        "skipShare: edge 0 must have one name for each of its 2 weights, got ['max_pool_3x3', 'skip_connect', 'sep_conv_3x3']; pass the edge's candidates in the order of alpha's columns",
      ),
    );
    expect(() => skipShare([[0.001, -0.002, 0]], names)).toThrow(
      'skipShare: the weights of edge 0 must be finite, >= 0 and not all 0, got [0.001, -0.002, 0]; pass softmax(alpha), not alpha',
    );
  });
});

describe('alphaEntropy', () => {
  it('is ln K for equal weights and 0 for a decided edge, averaged over edges', () => {
    expect(alphaEntropy([[0.25, 0.25, 0.25, 0.25]])).toBeCloseTo(Math.log(4), 12);
    expect(alphaEntropy([[0, 1, 0]])).toBe(0);
    expect(
      alphaEntropy([
        [1, 1],
        [1, 0],
      ]),
    ).toBeCloseTo(Math.log(2) / 2, 12);
  });

  it('lies between 0 and ln K, and a step towards equal weights raises it', () => {
    fc.assert(
      fc.property(edges, (weights) => {
        const entropy = alphaEntropy(weights);
        expect(entropy).toBeGreaterThanOrEqual(0);
        expect(entropy).toBeLessThanOrEqual(Math.log(3) + 1e-12);
        const blended = weights.map((row) => {
          const total = row.reduce((sum, w) => sum + w, 0);
          return row.map((w) => w / total / 2 + 1 / 6);
        });
        expect(alphaEntropy(blended)).toBeGreaterThanOrEqual(entropy - 1e-12);
      }),
    );
  });

  it('refuses no edges and NaN', () => {
    expect(() => alphaEntropy([])).toThrow(
      new RangeError('alphaEntropy: there must be at least one edge, got []; pass [edges][candidates]'),
    );
    expect(() =>
      alphaEntropy([
        [1, 0],
        [Number.NaN, 1],
      ]),
    ).toThrow(
      'alphaEntropy: the weights of edge 1 must be finite, >= 0 and not all 0, got [NaN, 1]; pass softmax(alpha), not alpha',
    );
  });
});
