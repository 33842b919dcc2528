import * as tf from '@tensorflow/tfjs-core';
import { type CellSpace, nodeEdges } from '../spaces';
import { cellInputs } from '../spaces/edges';

/** Softmax over the edges into each node of a cell: [edges] to [edges]. */
export function byNode(space: CellSpace, beta: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() =>
    tf.concat1d(
      Array.from({ length: space.nodes }, (_, node) => {
        const [start, end] = nodeEdges(node, cellInputs(space));
        return tf.softmax(tf.slice1d(beta, start, end - start));
      }),
    ),
  );
}
