import { cellInputs, countEdges, edgeCandidates } from './edges';
import type { AlphaName, ByAlpha, PrimitiveOf, SearchSpace } from './types';

/**
 * What the alpha matrices of a space stand for: for each matrix its rows, for each row the candidates in the order of the
 * columns. The names are those of the searched cells: `normal` and `reduce` of a DARTS space, `cell` of NAS-Bench-201.
 */
export function alphaCandidates<S extends SearchSpace>(
  space: S,
): ByAlpha<S, readonly (readonly PrimitiveOf<S>[])[]> {
  const rows = (cell: 'normal' | 'reduce') =>
    Array.from({ length: countEdges(space.nodes, cellInputs(space)) }, (_, edge) =>
      edgeCandidates(space, cell, edge),
    );
  const matrices =
    space.kind === 'darts' ? { normal: rows('normal'), reduce: rows('reduce') } : { cell: rows('normal') };
  return matrices as unknown as ByAlpha<S, readonly (readonly PrimitiveOf<S>[])[]>;
}

/** Makes a value for each of a space's alpha matrices from its name and the candidates of its rows. */
export function mapAlphas<S extends SearchSpace, T>(
  space: S,
  make: (name: AlphaName<S>, candidates: readonly (readonly PrimitiveOf<S>[])[]) => T,
): ByAlpha<S, T> {
  const matrices = Object.entries(alphaCandidates(space)) as [
    AlphaName<S>,
    readonly (readonly PrimitiveOf<S>[])[],
  ][];
  return Object.fromEntries(matrices.map(([name, rows]) => [name, make(name, rows)])) as ByAlpha<S, T>;
}
