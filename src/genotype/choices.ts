import { rangeError, typeError } from '../errors';
import {
  type AnySpace,
  alphaCandidates,
  type DartsSpace,
  type MobileSpace,
  type ModelSpace,
  type NasBench201Space,
  nodeEdges,
} from '../spaces';
import { outputStates } from './decode';
import type { Genotype, GenotypeOf, MobileGenotype, ModelGenotype, NasBench201Cell } from './types';

/** An operation that a genotype may keep: its place in the alpha matrices, and the edge it makes. */
export interface Pick {
  readonly alpha: string;
  readonly row: number;
  readonly column: number;
  readonly primitive: string;
  readonly input: number;
}

/** A part of a genotype that is free whatever the others are: so many of these operations, of different rows. */
export interface Decision {
  readonly take: 1 | 2;
  readonly picks: readonly Pick[];
}

interface Choices<G = unknown> {
  readonly decisions: readonly Decision[];
  /** The genotype of what is taken, decision by decision. */
  readonly assemble: (taken: readonly (readonly Pick[])[]) => G;
}

type Rows = Readonly<Record<string, readonly (readonly string[])[]>>;

/** The operations of some rows, the first of which starts from state 0. */
const picksOf = (candidates: Rows, alpha: string, [start, end]: readonly [number, number]): Pick[] =>
  candidates[alpha]!.slice(start, end).flatMap((names, input) =>
    names.map((primitive, column) => ({ alpha, row: start + input, column, primitive, input })),
  );

const edgesOf = (taken: readonly (readonly Pick[])[]) =>
  taken.flat().map(({ primitive, input }) => [primitive, input] as const);

const byNode = <T>(nodes: number, make: (node: number) => T): T[] =>
  Array.from({ length: nodes }, (_, node) => make(node));

const kinds: {
  readonly [kind in AnySpace['kind']]: (space: never, candidates: Rows) => Choices;
} = {
  darts: (space: DartsSpace, candidates) => ({
    decisions: (['normal', 'reduce'] as const).flatMap((alpha) =>
      byNode(space.nodes, (node): Decision => {
        const picks = picksOf(candidates, alpha, nodeEdges(node));
        return { take: 2, picks: picks.filter(({ primitive }) => primitive !== 'none') };
      }),
    ),
    assemble: (taken): Genotype => ({
      normal: edgesOf(taken.slice(0, space.nodes)),
      normalConcat: outputStates(space),
      reduce: edgesOf(taken.slice(space.nodes)),
      reduceConcat: outputStates(space),
    }),
  }),
  'nas-bench-201': ({ nodes }: NasBench201Space, candidates) => ({
    decisions: candidates.cell!.map((_, row) => ({
      take: 1,
      picks: picksOf(candidates, 'cell', [row, row + 1]),
    })),
    assemble: (taken): NasBench201Cell =>
      byNode(nodes, (node) =>
        taken.slice(...nodeEdges(node, 1)).map(([pick], input) => [pick!.primitive, input] as const),
      ),
  }),
  mobile: ({ layers }: MobileSpace, candidates) => ({
    decisions: layers.map((_, i) => ({ take: 1, picks: picksOf(candidates, `layer_${i}`, [0, 1]) })),
    assemble: (taken): MobileGenotype => ({ layers: taken.map(([pick]) => pick!.primitive) }),
  }),
  model: ({ edges }: ModelSpace, candidates) => ({
    decisions: Object.keys(edges).map((name) => ({
      take: 1,
      picks: picksOf(candidates, name, [0, 1]).filter(({ primitive }) => primitive !== 'none'),
    })),
    assemble: (taken): ModelGenotype =>
      Object.fromEntries(taken.map(([pick]) => [pick!.alpha, pick!.primitive])),
  }),
};

/**
 * What there is to decide in a space.
 *
 * @throws TypeError for what is no space; RangeError if a node has too few edges with an operation.
 */
export function choicesOf<S extends AnySpace>(fn: string, space: S): Choices<GenotypeOf<S>> {
  if (!Object.hasOwn(kinds, String(space?.kind))) {
    throw typeError(fn, 'there must be a search space', space, 'pass for example darts()');
  }
  const choices = kinds[space.kind](space as never, alphaCandidates<AnySpace>(space) as unknown as Rows);
  for (const { take, picks } of choices.decisions) {
    const rows = new Set(picks.map(({ row }) => row)).size;
    if (rows < take)
      throw rangeError(
        fn,
        `a node of ${space.name} must have ${take} edges with an operation`,
        rows,
        'pass another space',
      );
  }
  return choices as Choices<GenotypeOf<S>>;
}
