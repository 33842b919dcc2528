import * as tf from '@tensorflow/tfjs-core';
import type { BatchNorm, EdgeCall } from '../../layers';
import { instanceOf } from '../instance';
import type { Shape4 } from '../kernels/kernel';
import { edgeBackward } from './backward';
import { edgeForward } from './forward';
import { type EdgeLayout, layoutOf, mapSize, type Stage } from './layout';

const tensorOf = (info: tf.TensorInfo): tf.Tensor => tf.engine().makeTensorFromTensorInfo(info);

/** The norms of an edge with the stages they stand behind. */
function norms(layout: EdgeLayout): { norm: BatchNorm; stage: Stage }[] {
  return layout.terms.flatMap((term) => {
    if (term.kind === 'blocks') return term.stages.map((stage) => ({ norm: stage.block.norm, stage }));
    if (term.kind === 'pool') return [{ norm: term.term.norm, stage: term.stages[0] }];
    return [];
  });
}

/** Feeds the running statistics of every norm. */
function updateStatistics(layout: EdgeLayout, statistics: tf.Tensor1D): void {
  for (const { norm, stage } of norms(layout)) {
    const { at, channels } = stage.norm;
    const mean = tf.slice(statistics, [at], [channels]);
    const variance = tf.slice(statistics, [at + channels], [channels]);
    norm.updateStatistics(mean, variance, mapSize(stage.shape) / channels);
  }
}

/**
 * A whole mixed edge in the module: every candidate, the norms behind them and their weighted sum.
 *
 * Of each candidate it keeps the map before its last norm (and between its blocks), which is all that either the
 * gradient of the weights or the way back needs; ReLUs, depthwise maps, normalised maps and noise are made again. What is
 * kept is freed edge by edge on the way back.
 */
export function fusedEdge(call: EdgeCall): tf.Tensor4D {
  const layout = layoutOf(call.x.shape as unknown as Shape4, call.terms);
  const given = call.terms.flatMap((term) => (term.kind === 'given' ? [term.y] : []));
  const filters = call.weightGradients
    ? layout.terms.flatMap((term) =>
        term.kind === 'blocks' ? term.stages.flatMap(({ block }) => [block.depthwise, block.pointwise]) : [],
      )
    : [];
  const edge = tf.customGrad((...args) => {
    const [x, weights, ...rest] = args as tf.Tensor[];
    const save = args[args.length - 1] as unknown as (tensors: tf.Tensor[]) => void;
    const others = rest.slice(0, given.length);
    const state = edgeForward(instanceOf(tf.backend()), layout, call, {
      x: x!,
      weights: weights!,
      given: others,
    });
    const statistics = tensorOf(state.statistics) as tf.Tensor1D;
    if (call.updateStatistics) updateStatistics(layout, statistics);
    save([x!, weights!, statistics, ...others, ...state.maps.map(tensorOf)]);
    return {
      value: tensorOf(state.y),
      gradFunc: (dy, saved) => {
        const [savedX, savedWeights, savedStatistics, ...more] = saved;
        const gradients = edgeBackward(instanceOf(tf.backend()), layout, call, dy, {
          x: savedX!,
          weights: savedWeights!,
          statistics: savedStatistics!,
          given: more.slice(0, given.length),
          maps: more.slice(given.length),
        });
        // tfjs would keep them to the end of the whole backward pass.
        tf.dispose(saved);
        return [gradients.x, gradients.weights, ...gradients.given, ...gradients.filters].map(tensorOf);
      },
    };
  });
  return edge(call.x, call.weights, ...given, ...filters) as tf.Tensor4D;
}
