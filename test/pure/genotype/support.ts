import fc from 'fast-check';
import type { Genotype, GenotypeEdge } from '../../../src/genotype';
import { primitiveNames } from '../../../src/spaces';

const primitive = fc.oneof(
  fc.constantFrom(...primitiveNames),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,11}$/),
);

const cell = fc.integer({ min: 1, max: 6 }).chain((nodes) => {
  const states = Array.from({ length: nodes }, (_, node) => node + 2);
  const edge = (node: number): fc.Arbitrary<GenotypeEdge> => fc.tuple(primitive, fc.nat({ max: node + 1 }));
  return fc.record({
    edges: fc.tuple(...states.flatMap((_, node) => [edge(node), edge(node)])),
    concat: fc.shuffledSubarray(states, { minLength: 1 }),
  });
});

/** Any genotype at all: cells of different sizes, partial outputs in any order, unknown operations. */
export const genotypes: fc.Arbitrary<Genotype> = fc.tuple(cell, cell).map(([normal, reduce]) => ({
  normal: normal.edges,
  normalConcat: normal.concat,
  reduce: reduce.edges,
  reduceConcat: reduce.concat,
}));

/** A small genotype to change. */
export const small: Genotype = {
  normal: [
    ['sep_conv_3x3', 1],
    ['skip_connect', 0],
    ['max_pool_3x3', 0],
    ['dil_conv_5x5', 2],
  ],
  normalConcat: [2, 3],
  reduce: [
    ['max_pool_3x3', 0],
    ['max_pool_3x3', 1],
  ],
  reduceConcat: [2],
};
