import { describe, expect, it } from 'vitest';
import { decodeAlphas, decodeGenotype, type GenotypeOf, genotypeMixture } from '../../../src/genotype';
import { stream } from '../../../src/random';
import { darts, mapAlphas, nasBench201, robustDarts, type SearchSpace } from '../../../src/spaces';

const sorted = (edges: readonly (readonly [string, number])[]) =>
  edges.map((edge, i) => JSON.stringify([Math.floor(i / 2), edge])).sort();

function drawn<S extends SearchSpace>(space: S, seed: number): GenotypeOf<S> {
  const draw = stream(seed, 'mixture').generator();
  return decodeAlphas(
    space,
    mapAlphas(space, (_, rows) => rows.map((row) => row.map(() => draw.normal()))),
  );
}

describe('genotypeMixture', () => {
  it.each([darts(), darts({ none: true }), robustDarts('S1')])(
    'has a 1 for each edge that the genotype keeps, in %s',
    (space) => {
      for (const seed of [1, 2, 3]) {
        const genotype = drawn(space, seed);
        const mixture = genotypeMixture(space, genotype);
        const numbers = [...mixture.normal, ...mixture.reduce].flat();
        expect(numbers.filter((weight) => weight === 1)).toHaveLength(16);
        expect(numbers.filter((weight) => weight === 0)).toHaveLength(numbers.length - 16);
        const back = decodeGenotype(space, mixture, { from: 'weights' });
        expect(sorted(back.normal)).toEqual(sorted(genotype.normal));
        expect(sorted(back.reduce)).toEqual(sorted(genotype.reduce));
      }
    },
  );

  it('keeps every edge of NAS-Bench-201', () => {
    const space = nasBench201();
    for (const seed of [1, 2, 3]) {
      const genotype = drawn(space, seed);
      const mixture = genotypeMixture(space, genotype);
      expect(mixture.cell.map((row) => row.reduce((a, b) => a + b))).toEqual([1, 1, 1, 1, 1, 1]);
      expect(decodeAlphas(space, mixture)).toEqual(genotype);
    }
  });

  it('refuses a genotype of another space', () => {
    const genotype = drawn(darts(), 1);
    expect(() => genotypeMixture(robustDarts('S2'), genotype as never)).toThrow(
      /^genotypeMixture: edge \d+ of robust-darts-s2 offers no such operation, got '.*'; pass its own space$/,
    );
  });
});
