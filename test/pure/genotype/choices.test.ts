import { describe, expect, it } from 'vitest';
import {
  decodeAlphas,
  type GenotypeOf,
  genotypeMixture,
  genotypeToJson,
  type NasBench201Cell,
  randomGenotype,
  topGenotypes,
} from '../../../src/genotype';
import { softmax } from '../../../src/genotype/alpha';
import { stream } from '../../../src/random';
import {
  type ByAlpha,
  darts,
  defineSpace,
  mapAlphas,
  mobile,
  nasBench201,
  robustDarts,
  type SearchSpace,
} from '../../../src/spaces';

const spaces: readonly SearchSpace[] = [
  darts(),
  darts({ none: true }),
  robustDarts('S1'),
  robustDarts('S3'),
  nasBench201(),
  mobile(),
];

function alphasOf<S extends SearchSpace>(space: S, seed: number, scale = 1): ByAlpha<S, number[][]> {
  const draw = stream(seed, 'alphas').generator();
  return mapAlphas(space, (_, rows) => rows.map((row) => row.map(() => scale * draw.normal())));
}

const small = defineSpace({
  name: 'small',
  nodes: 2,
  multiplier: 2,
  primitives: ['none', 'skip_connect', 'max_pool_3x3'],
});

/** Every choice of one item from each list. */
const product = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((all, list) => all.flatMap((head) => list.map((item) => [...head, item])), [[]]);

const descending = (numbers: readonly number[]) => [...numbers].sort((a, b) => b - a);

describe('topGenotypes', () => {
  it.each(spaces)('begins with what decodeAlphas gives, in %s', (space) => {
    for (const [seed, scale] of [
      [1, 1],
      [2, 1e-3],
      [3, 300],
      [4, 0],
    ] as const) {
      const alphas = alphasOf(space, seed, scale);
      const [best] = topGenotypes(space, alphas, 1);
      expect(best!.genotype).toEqual(decodeAlphas(space, alphas));
    }
  });

  it.each(spaces)(
    'gives different genotypes of the space, never a better one after a worse, in %s',
    (space) => {
      const top = topGenotypes(space, alphasOf(space, 5), 300);
      const scores = top.map(({ logProbability }) => logProbability);
      expect(scores).toEqual(descending(scores));
      expect(new Set(top.map(({ genotype }) => JSON.stringify(genotype))).size).toBe(300);
      for (const { genotype } of top) genotypeMixture(space, genotype);
    },
  );

  it('agrees with all 15,625 cells of NAS-Bench-201, sorted', () => {
    const space = nasBench201();
    const alphas = alphasOf(space, 6);
    const weights = alphas.cell.map(softmax);
    const all = product(weights).map((picks) => picks.reduce((sum, weight) => sum + Math.log(weight), 0));
    const top = topGenotypes(space, alphas, 20_000);
    expect(top).toHaveLength(15_625);
    expect(new Set(top.map(({ genotype }) => JSON.stringify(genotype))).size).toBe(15_625);
    descending(all).forEach((score, i) => {
      expect(Math.abs(top[i]!.logProbability - score)).toBeLessThan(1e-9);
    });
    const total = top.reduce((sum, { logProbability }) => sum + Math.exp(logProbability), 0);
    expect(total).toBeCloseTo(1, 9);
  });

  it('agrees with every genotype of a small space of cells, sorted, by alphas and by weights', () => {
    const alphas = alphasOf(small, 7);
    const weights = mapAlphas(small, (name) => alphas[name].map((row) => [...softmax(row)]));
    const pairs = (rows: readonly (readonly number[])[]) =>
      rows.flatMap((a, i) =>
        rows.slice(i + 1).flatMap((b) => product([a.slice(1), b.slice(1)]).map(([x, y]) => x! * y!)),
      );
    const nodes = [weights.normal, weights.reduce].flatMap((rows) => [
      pairs(rows.slice(0, 2)),
      pairs(rows.slice(2, 5)),
    ]);
    const all = descending(product(nodes).map((picks) => Math.log(picks.reduce((a, b) => a * b))));
    // 4 pairs into the first node, 12 into the second, in two cells.
    expect(all).toHaveLength((4 * 12) ** 2);
    for (const top of [
      topGenotypes(small, alphas, 3000),
      topGenotypes(small, weights, 3000, { from: 'weights' }),
    ]) {
      expect(top).toHaveLength(all.length);
      expect(new Set(top.map(({ genotype }) => genotypeToJson(genotype))).size).toBe(all.length);
      all.forEach((score, i) => {
        expect(Math.abs(top[i]!.logProbability - score)).toBeLessThan(1e-9);
      });
    }
  });

  it('ranks operations without weight last', () => {
    const cell = Array.from({ length: 6 }, () => [0, 1, 0, 0, 0]);
    const top = topGenotypes(nasBench201(), { cell }, 3, { from: 'weights' });
    expect(top.map(({ logProbability }) => logProbability)).toEqual([0, -Infinity, -Infinity]);
    expect(top[0]!.genotype.flat().every(([op]) => op === 'skip_connect')).toBe(true);
  });

  it.each([
    ['what is no space', () => topGenotypes({} as never, {} as never, 1), 'there must be a search space'],
    ['no count', () => topGenotypes(small, alphasOf(small, 1), 0), 'count must be a whole number'],
    [
      'a count beyond all',
      () => topGenotypes(small, alphasOf(small, 1), 1e6),
      'count must be a whole number',
    ],
    [
      'alphas of another space',
      () => topGenotypes(small, alphasOf(darts(), 1), 1),
      'alphas.normal must be [5 edges',
    ],
    [
      'tensors',
      () => topGenotypes(small, { normal: { shape: [5, 3], data: () => [], dataId: {} } } as never, 1),
      'alphas.normal must be [5 edges, 3 candidates], got a tensor [5,3]; pass the alpha of this space, as numbers',
    ],
    ['no alphas', () => topGenotypes(small, undefined as never, 1), 'alphas.normal must be [5 edges'],
    [
      'a weight below 0',
      () => topGenotypes(small, alphasOf(small, 1), 1, { from: 'weights' }),
      'must not be negative',
    ],
  ])('refuses %s', (_, call, fault) => {
    expect(call).toThrow(`topGenotypes: ${fault}`.replace('topGenotypes: must', 'must'));
  });
});

describe('randomGenotype', () => {
  it.each(spaces)('draws genotypes of the space, the same for the same seed, in %s', (space) => {
    const drawn = Array.from({ length: 20 }, (_, seed) => randomGenotype(space, seed));
    for (const genotype of drawn) genotypeMixture(space, genotype);
    expect(new Set(drawn.map((genotype) => JSON.stringify(genotype))).size).toBe(20);
    expect(randomGenotype(space, 3)).toEqual(drawn[3]);
  });

  /** Pearson's statistic of counts that should be equal. */
  const chiSquare = (counts: readonly number[]) => {
    const mean = counts.reduce((a, b) => a + b) / counts.length;
    return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  };
  const tally = (keys: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts.values()];
  };

  it('draws every genotype of a space equally often', () => {
    const draws = Array.from({ length: 4000 }, (_, seed) => seed);
    const cells = draws.map((seed) => randomGenotype(small, seed));
    const normal = tally(cells.map((genotype) => JSON.stringify(genotype.normal)));
    expect(normal).toHaveLength(48);
    // 47 degrees of freedom: more than 83 comes once in a thousand times.
    expect(chiSquare(normal)).toBeLessThan(83);
    const dense = draws.map((seed): NasBench201Cell => randomGenotype(nasBench201(), seed));
    for (const edge of [0, 3, 5]) {
      const counts = tally(dense.map((cell) => cell.flat()[edge]![0]));
      expect(counts).toHaveLength(5);
      // 4 degrees of freedom.
      expect(chiSquare(counts)).toBeLessThan(18.5);
    }
  });

  it('refuses what is no space', () => {
    expect(() => randomGenotype(null as never)).toThrow('randomGenotype: there must be a search space');
  });
});

describe('genotypeMixture', () => {
  it.each([
    [darts(), null, 'a genotype must be an object'],
    [darts(), randomGenotype(small), 'normal of darts must hold 8 edges, got 4'],
    [nasBench201(), [], 'a cell of nas-bench-201 must have 3 nodes'],
    [mobile(), { layers: [] }, 'a genotype of mobile must be { layers: [19 operations] }'],
    [mobile(), undefined, 'a genotype of mobile must be { layers: [19 operations] }'],
  ] as readonly [SearchSpace, unknown, string][])('of %s refuses %j', (space, genotype, fault) => {
    expect(() => genotypeMixture(space, genotype as GenotypeOf)).toThrow(`genotypeMixture: ${fault}`);
  });
});
