import * as tf from '@tensorflow/tfjs-core';
import { differentiableEdge, type EdgeKernel, edgeFacts } from '../../kernels/edge';
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
  takes: (candidate, training = false) => training || !('noise' in candidate),
  partial: true,
  run(call) {
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
