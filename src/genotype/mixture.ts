import { rangeError, requireObject } from '../errors';
import { type AlphaName, alphaCandidates, type ByAlpha, edgeIndex, type SearchSpace } from '../spaces';
import type { Genotype, GenotypeOf, MobileGenotype, NasBench201Cell } from './types';

/** An edge that a genotype keeps: its row in an alpha matrix and its operation. */
interface KeptEdge {
  readonly alpha: AlphaName;
  readonly row: number;
  readonly primitive: string;
}

const finders: {
  readonly [kind in SearchSpace['kind']]: (genotype: never) => readonly KeptEdge[];
} = {
  darts: (genotype: Genotype) =>
    (['normal', 'reduce'] as const).flatMap((alpha) =>
      genotype[alpha].map(([primitive, input], i) => ({
        alpha,
        row: edgeIndex({ node: Math.floor(i / 2), input }),
        primitive,
      })),
    ),
  'nas-bench-201': (cell: NasBench201Cell) =>
    cell.flatMap((edges, node) =>
      edges.map(([primitive, input]) => ({
        alpha: 'cell' as const,
        row: edgeIndex({ node, input }, 1),
        primitive,
      })),
    ),
  mobile: ({ layers }: MobileGenotype) =>
    layers.map((primitive, i) => ({ alpha: `layer_${i}` as const, row: 0, primitive })),
};

/**
 * The weights of a supernet's mixtures with which it computes what a genotype's network would, by the name of their cell,
 * [edges][candidates]: 1 for the operation of an edge that the genotype keeps, 0 for all else.
 *
 * @throws RangeError if the genotype has an operation that the space does not offer on its edge.
 */
export function genotypeMixture<S extends SearchSpace>(
  space: S,
  genotype: GenotypeOf<S>,
): ByAlpha<S, number[][]> {
  const candidates: Readonly<Record<string, readonly (readonly string[])[]>> = {
    ...alphaCandidates<SearchSpace>(space),
  };
  const mixture = Object.fromEntries(
    Object.entries(candidates).map(([name, rows]) => [name, rows.map((row) => row.map(() => 0))]),
  );
  const members = { darts: ['normal', 'reduce'], 'nas-bench-201': ['flatMap'], mobile: ['layers'] };
  requireObject(
    'genotypeMixture',
    'the genotype',
    genotype,
    'pass one of this space',
    ...members[space.kind],
  );
  for (const { alpha, row, primitive } of finders[space.kind](genotype as never)) {
    const k = candidates[alpha]![row]?.indexOf(primitive) ?? -1;
    if (k < 0)
      throw rangeError(
        'genotypeMixture',
        `edge ${row} of ${space.name} offers no such operation`,
        primitive,
        'pass its own space',
      );
    mixture[alpha]![row]![k] = 1;
  }
  return mixture as ByAlpha<S, number[][]>;
}
