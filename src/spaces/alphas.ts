import { typeError } from '../errors';
import { cellInputs, countEdges, edgeCandidates, requireSpace } from './edges';
import { mobileCandidates } from './mobile';
import type {
  AlphaName,
  AnySpace,
  ByAlpha,
  CellSpace,
  CellType,
  DartsSpace,
  MobileSpace,
  ModelSpace,
  NasBench201Space,
  PrimitiveOf,
} from './types';

/** The matrices of a kind of space: for each its rows, for each row its candidates. */
type Matrices = Readonly<Record<string, readonly (readonly string[])[]>>;

function cellRows(space: CellSpace, cell: CellType): readonly (readonly string[])[] {
  return Array.from({ length: countEdges(space.nodes, cellInputs(space)) }, (_, edge) =>
    edgeCandidates(space, cell, edge),
  );
}

const kinds: { readonly [kind in AnySpace['kind']]: (space: never) => Matrices } = {
  darts: (space: DartsSpace) => ({ normal: cellRows(space, 'normal'), reduce: cellRows(space, 'reduce') }),
  'nas-bench-201': (space: NasBench201Space) => ({ cell: cellRows(space, 'normal') }),
  mobile: (space: MobileSpace) =>
    Object.fromEntries(mobileCandidates(space).map((candidates, i) => [`layer_${i}`, [candidates]])),
  model: ({ edges }: ModelSpace) =>
    Object.fromEntries(Object.entries(edges).map(([name, candidates]) => [name, [candidates]])),
};

/**
 * What the alpha matrices of a space stand for: for each matrix its rows, for each row the candidates in the order of the
 * columns. The names are those of the searched cells, `normal` and `reduce` of a DARTS space and `cell` of NAS-Bench-201,
 * or layers, `layer_0` and so on of the mobile space, or edges of a model, with one row each.
 */
export function alphaCandidates<S extends AnySpace>(
  space: S,
): ByAlpha<S, readonly (readonly PrimitiveOf<S>[])[]> {
  requireSpace('alphaCandidates', space, ...Object.keys(kinds));
  return kinds[space.kind](space as never) as unknown as ByAlpha<S, readonly (readonly PrimitiveOf<S>[])[]>;
}

/** Makes a value for each of a space's alpha matrices from its name and the candidates of its rows. */
export function mapAlphas<S extends AnySpace, T>(
  space: S,
  make: (name: AlphaName<S>, candidates: readonly (readonly PrimitiveOf<S>[])[]) => T,
): ByAlpha<S, T> {
  if (typeof make !== 'function') throw typeError('mapAlphas', 'make must be a function', make, 'pass one');
  const matrices = Object.entries(alphaCandidates(space)) as [
    AlphaName<S>,
    readonly (readonly PrimitiveOf<S>[])[],
  ][];
  return Object.fromEntries(matrices.map(([name, rows]) => [name, make(name, rows)])) as ByAlpha<S, T>;
}
