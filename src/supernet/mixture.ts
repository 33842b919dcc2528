import * as tf from '@tensorflow/tfjs-core';
import { type LayerTree, MixedOp, NoisyDartsLayer, weightVariables } from '../layers';

/** What the edges of a cell are called with in a pass. */
export interface Mixture {
  /** [edges, candidates]; see `CallOptions.weights`. */
  readonly weights: tf.Tensor;
  /** The only candidate of each edge that is computed, if there is only one. */
  readonly chosen?: readonly number[];
}

/** 1 for the chosen candidate of every edge and 0 for the others; on the way back it is `relaxed` [edges, candidates]. */
export function straightThrough(chosen: readonly number[], relaxed: tf.Tensor2D): tf.Tensor2D {
  const [edges, candidates] = relaxed.shape;
  const values = new Float32Array(edges * candidates);
  chosen.forEach((index, edge) => {
    values[edge * candidates + index] = 1;
  });
  const hard = tf.tensor2d(values, [edges, candidates]);
  return tf.customGrad(() => ({ value: hard, gradFunc: (dy: tf.Tensor) => [dy] }))(relaxed) as tf.Tensor2D;
}

/** The most weights of a supernet that take part in a pass in which every edge computes one candidate. */
export function mostActive(supernet: NoisyDartsLayer): number {
  const size = (layer: LayerTree) => weightVariables(layer).reduce((sum, variable) => sum + variable.size, 0);
  return edgesOf(supernet).reduce(
    (active, { ops }) => active - size(ops) + Math.max(...ops.map(size)),
    size(supernet),
  );
}

/** The weights of a cell that take part in a pass. */
export function activeVariables(cell: NoisyDartsLayer, { chosen }: Mixture): tf.Variable[] {
  const all = weightVariables(cell);
  if (!chosen) return all;
  const idle = edgesOf(cell).flatMap((edge, i) => edge.ops.filter((_, k) => k !== chosen[i]));
  const left = new Set(weightVariables(idle));
  return all.filter((variable) => !left.has(variable));
}

function edgesOf(layer: NoisyDartsLayer): MixedOp[] {
  if (layer instanceof MixedOp) return [layer];
  return layer.children.flatMap((child) => (child instanceof NoisyDartsLayer ? edgesOf(child) : []));
}
