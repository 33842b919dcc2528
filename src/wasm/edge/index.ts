import * as tf from '@tensorflow/tfjs-core';
import { differentiableEdge, type EdgeCall } from '../../kernels/edge';
import { instanceOf } from '../instance';
import { edgeBackward } from './backward';
import { edgeForward } from './forward';

/**
 * A whole mixed edge in the module: every candidate, the norms behind them and their weighted sum.
 *
 * Of each candidate it keeps the map before its last norm (and between its blocks), which is all that either the
 * gradient of the weights or the way back needs; ReLUs, depthwise maps, normalised maps and noise are made again. What is
 * kept is freed edge by edge on the way back.
 */
export const fusedEdge = (call: EdgeCall): tf.Tensor4D =>
  differentiableEdge(call, {
    forward: (facts) => edgeForward(instanceOf(tf.backend()), call, facts),
    backward: (dy, saved, facts) => edgeBackward(instanceOf(tf.backend()), call, facts, dy, saved),
  });
