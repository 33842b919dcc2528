import { describe, expect, it } from 'vitest';
import { genotypeMixture, genotypeWithin, topGenotypes } from '../../../src/genotype';
import { stream } from '../../../src/random';
import { defineSpace, mapAlphas, nasBench201, type SearchSpace } from '../../../src/spaces';

const small = defineSpace({
  name: 'small',
  nodes: 2,
  primitives: ['none', 'skip_connect', 'max_pool_3x3'],
});

type Rows = Readonly<Record<string, number[][]>>;

const drawn = (space: SearchSpace, name: string, make: (value: number) => number): Rows => {
  const draw = stream(3, name).generator();
  return mapAlphas<SearchSpace, number[][]>(space, (_, rows) =>
    rows.map((row) => row.map(() => make(draw.uniform()))),
  ) as Rows;
};

const costOf = (costs: Rows, mixture: Rows) =>
  Object.entries(costs)
    .flatMap(([name, rows]) => rows.flatMap((row, e) => row.map((cost, k) => cost * mixture[name]![e]![k]!)))
    .reduce((sum, cost) => sum + cost, 0);

describe('genotypeWithin', () => {
  it.each([small, nasBench201()])('finds the likeliest of all that keep the bounds, in $name', (space) => {
    const alphas = drawn(space, 'alphas', (u) => 4 * u) as never;
    const all = topGenotypes<SearchSpace>(space, alphas, 20_000);
    const [first, second] = ['first', 'second'].map((name) => drawn(space, name, (u) => u));
    for (const limits of [[Number.POSITIVE_INFINITY], [3], [2.2], [1.6], [2.4, 2.6]]) {
      const bounds = limits.map((limit, i) => ({ costs: [first!, second!][i]!, limit }));
      const best = all.find(({ genotype }) =>
        bounds.every(({ costs, limit }) => costOf(costs, genotypeMixture(space, genotype) as Rows) <= limit),
      );
      const found = genotypeWithin<SearchSpace>(space, alphas, bounds);
      if (best) expect(found!.logProbability).toBeCloseTo(best.logProbability, 9);
      else expect(found).toBeNull();
    }
    expect(genotypeWithin<SearchSpace>(space, alphas, [{ costs: first!, limit: -1 }])).toBeNull();
  });

  it('refuses what are no bounds', () => {
    const alphas = drawn(small, 'alphas', (u) => u) as never;
    expect(() => genotypeWithin(small, alphas, 3 as never)).toThrow(
      'genotypeWithin: the bounds must be a list, got 3; pass [{ costs, limit }]',
    );
    expect(() => genotypeWithin(small, alphas, [{ costs: {}, limit: 1 }])).toThrow(
      /every operation of normal must have a cost/,
    );
  });
});
