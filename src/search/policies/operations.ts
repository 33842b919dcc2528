import type * as tf from '@tensorflow/tfjs-core';
import { type MixedOp, mixedEdges, weightVariables } from '../../layers';
import { alphaCandidates } from '../../spaces';
import { type SearchedModel, Supernet } from '../../supernet';
import type { ModelSupernet } from '../../supernet/model/model-supernet';

/** A candidate of one edge of one cell that has weights to learn. */
export interface Operation {
  /** Position of the cell from 0; in a model of one's own of the edge. */
  readonly cell: number;
  /** The alpha that the cell reads, by its name. */
  readonly cellType: string;
  /** Edge of the cell, from 0. */
  readonly edge: number;
  readonly primitive: string;
  /** Its weights. */
  readonly variables: readonly tf.Variable[];
  /** What weighs it, and which entry of that. */
  readonly alpha: tf.Variable;
  readonly entry: number;
}

type Place = Pick<Operation, 'cell' | 'cellType' | 'edge' | 'alpha'>;

/** The mixed edges of a supernet, or of a model of one's own, and where they stand. */
function edgesOf(model: SearchedModel): [edge: MixedOp, place: Place][] {
  if (!(model instanceof Supernet))
    return mixedEdges((model as unknown as ModelSupernet).model).map((edge, cell) => [
      edge,
      { cell, cellType: edge.name, edge: 0, alpha: edge.alpha! },
    ]);
  const rows: Readonly<Record<string, readonly unknown[]>> = { ...alphaCandidates(model.space) };
  const alphas: Readonly<Record<string, tf.Variable>> = { ...model.alphas };
  const places = model.cellTypes.flatMap((cellType: string, cell) =>
    rows[cellType]!.map((_, edge) => ({ cell, cellType, edge, alpha: alphas[cellType]! })),
  );
  return mixedEdges(model).map((edge, i) => [edge, places[i]!]);
}

/** The operations that learn, in the order of their edges. */
export function operationsOf(model: SearchedModel): Operation[] {
  return edgesOf(model).flatMap(([{ ops, primitives }, place]) =>
    primitives.flatMap((primitive, column) => {
      const variables = weightVariables(ops[column]!);
      const entry = place.edge * primitives.length + column;
      return variables.length > 0 ? [{ ...place, primitive, variables, entry }] : [];
    }),
  );
}
