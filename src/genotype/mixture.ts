import { rangeError, typeError } from '../errors';
import {
  type AnySpace,
  alphaCandidates,
  type ByAlpha,
  type DartsSpace,
  edgeIndex,
  type MobileSpace,
  type ModelSpace,
  type NasBench201Space,
} from '../spaces';
import { checkCell } from './nas-bench-201';
import type { GenotypeOf } from './types';
import { checkGenotype } from './validate';

/** An edge that a genotype keeps: its row in an alpha matrix and its operation. */
interface KeptEdge {
  readonly alpha: string;
  readonly row: number;
  readonly primitive: string;
}

const FN = 'genotypeMixture';

const finders: {
  readonly [kind in AnySpace['kind']]: (space: never, genotype: unknown) => readonly KeptEdge[];
} = {
  darts: ({ name, nodes }: DartsSpace, given) => {
    const genotype = checkGenotype(FN, given, {});
    return (['normal', 'reduce'] as const).flatMap((alpha) => {
      const edges = genotype[alpha];
      if (edges.length !== 2 * nodes)
        throw rangeError(
          FN,
          `${alpha} of ${name} must hold ${2 * nodes} edges`,
          edges.length,
          'pass its own space',
        );
      return edges.map(([primitive, input], i) => ({
        alpha,
        row: edgeIndex({ node: Math.floor(i / 2), input }),
        primitive,
      }));
    });
  },
  'nas-bench-201': (space: NasBench201Space, given) =>
    checkCell(FN, given, space).flatMap((edges, node) =>
      edges.map(([primitive, input]) => ({
        alpha: 'cell' as const,
        row: edgeIndex({ node, input }, 1),
        primitive,
      })),
    ),
  mobile: ({ name, layers }: MobileSpace, given) => {
    const kept = (given as { readonly layers?: unknown } | null)?.layers;
    if (!Array.isArray(kept) || kept.length !== layers.length)
      throw typeError(
        FN,
        `a genotype of ${name} must be { layers: [${layers.length} operations] }`,
        given,
        'pass its own space',
      );
    return kept.map((primitive: string, i) => ({ alpha: `layer_${i}` as const, row: 0, primitive }));
  },
  // What only one of both names is refused below.
  model: ({ edges }: ModelSpace, given) =>
    Object.keys({ ...edges, ...Object(given) }).map((alpha) => ({
      alpha,
      row: 0,
      primitive: Object(given)[alpha],
    })),
};

/**
 * The weights of a supernet's mixtures with which it computes what a genotype's network would, by the name of their cell,
 * [edges][candidates]: 1 for the operation of an edge that the genotype keeps, 0 for all else.
 *
 * @throws TypeError or RangeError for what is no genotype, or has an operation that the space does not offer on its edge.
 */
export function genotypeMixture<S extends AnySpace>(
  space: S,
  genotype: GenotypeOf<S>,
): ByAlpha<S, number[][]> {
  const candidates: Readonly<Record<string, readonly (readonly string[])[]>> = {
    ...alphaCandidates<AnySpace>(space),
  };
  const mixture = Object.fromEntries(
    Object.entries(candidates).map(([name, rows]) => [name, rows.map((row) => row.map(() => 0))]),
  );
  for (const { alpha, row, primitive } of finders[space.kind](space as never, genotype)) {
    const k = candidates[alpha]?.[row]?.indexOf(primitive) ?? -1;
    if (k < 0)
      throw rangeError(
        FN,
        `edge ${row} of ${space.name} offers no such operation`,
        primitive,
        'pass its own space',
      );
    mixture[alpha]![row]![k] = 1;
  }
  return mixture as ByAlpha<S, number[][]>;
}
