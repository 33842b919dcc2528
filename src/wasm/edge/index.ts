import * as tf from '@tensorflow/tfjs-core';
import {
  differentiableEdge,
  type EdgeCall,
  type EdgeKernel,
  edgeFacts,
  type FusedBlock,
} from '../../kernels/edge';
import { instanceOf } from '../instance';
import { edgeBackward } from './backward';
import { edgeForward } from './forward';
import { partialBackward, partialForward } from './partial';

/**
 * A whole mixed edge in the module: every candidate, the norms behind them and their weighted sum.
 *
 * Of each candidate it keeps the map before its last norm (and between its blocks), which is all that either the
 * gradient of the weights or the way back needs; ReLUs, depthwise maps, normalised maps and noise are made again. What is
 * kept is freed edge by edge on the way back.
 */
export const edge: EdgeKernel = {
  // Outside training there is no noise.
  takes: (candidate, training = false) =>
    (training || !('noise' in candidate)) && (candidate.kind !== 'blocks' || candidate.blocks.every(isKnown)),
  partial: true,
  run(given) {
    const call = withWaysAround(given);
    const module = instanceOf(tf.backend());
    const [forward, backward] =
      (call.share ?? 1) > 1 ? [partialForward, partialBackward] : [edgeForward, edgeBackward];
    if (!call.training) {
      const { y, kept } = forward(module, call, edgeFacts(call));
      for (const map of kept) module.dispose(map);
      return tf.engine().makeTensorFromTensorInfo(y) as tf.Tensor4D;
    }
    return differentiableEdge(call, {
      forward: (facts) => forward(module, call, facts),
      backward: (dy, saved, facts) => backward(module, call, facts, dy, saved),
    });
  },
};

/** Whether the module has a block, by its place in a chain. */
function isKnown({ depthwise, filter, activation, excitation }: FusedBlock, index: number): boolean {
  const hasBehind = index > 0 && (depthwise !== undefined || filter!.shape[0] === 1);
  return (activation !== 'swish' || hasBehind) && (!excitation || (hasBehind && !depthwise));
}

/** A call whose residual terms are without, and behind all terms an identity with the sum of their weights. */
function withWaysAround(call: EdgeCall): EdgeCall {
  const { terms, weights } = call;
  const residual = terms.map((term) => term.kind === 'blocks' && term.residual === true);
  if (!residual.includes(true)) return call;
  const count = terms.length;
  // The weight of the channels that pass by, if there is one, stays the last.
  const spread = tf.buffer([weights.size, weights.size + 1]);
  for (let k = 0; k < weights.size; k++) {
    spread.set(1, k, k < count ? k : k + 1);
    if (residual[k]) spread.set(1, k, count);
  }
  const around = tf.matMul(tf.reshape(weights, [1, -1]), spread.toTensor() as tf.Tensor2D);
  return { ...call, weights: tf.reshape(around, [-1]), terms: [...terms, { kind: 'identity' }] };
}
