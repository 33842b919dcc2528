import * as tf from '@tensorflow/tfjs-core';
import type { BatchNorm, EdgeCall } from '../../layers';
import { instanceOf, type WasmInstance } from '../instance';
import type { Shape4 } from '../kernels/kernel';
import { edgeBackward } from './backward';
import { edgeForward } from './forward';
import { type EdgeLayout, layoutOf, mapSize, type Stage } from './layout';
import { normAddresses } from './table';

const tensorOf = (info: tf.TensorInfo): tf.Tensor => tf.engine().makeTensorFromTensorInfo(info);

/** The norms of an edge with the stages they stand behind. */
function norms(layout: EdgeLayout): { norm: BatchNorm; stage: Stage }[] {
  return layout.terms.flatMap((term) => {
    if (term.kind === 'blocks') return term.stages.map((stage) => ({ norm: stage.block.norm, stage }));
    if (term.kind === 'pool') return [{ norm: term.term.norm, stage: term.stages[0] }];
    return [];
  });
}

/** Feeds the running statistics of every norm: in place, or as new tensors where somebody holds on to the old ones. */
function updateStatistics(module: WasmInstance, layout: EdgeLayout, statistics: tf.TensorInfo): void {
  const places = module.address(statistics);
  for (const { norm, stage } of norms(layout)) {
    const { channels } = stage.norm;
    const count = mapSize(stage.shape) / channels;
    const running = norm.running();
    const batch = normAddresses(places, stage.norm);
    for (const [variable, from, correction] of [
      [running.mean, batch.mean, 1],
      [running.variance, batch.variance, count / (count - 1)],
    ] as const) {
      const old = module.address(variable);
      const out = module.isShared(variable) ? module.output([channels]) : undefined;
      module.functions.runningUpdate(
        old,
        from,
        channels,
        1 - norm.momentum,
        norm.momentum * correction,
        out ? module.address(out) : old,
      );
      if (out) tf.tidy(() => variable.assign(tensorOf(out)));
    }
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
  // What no gradient is asked of stays out of the arguments, so that asking for it is an error.
  const mixture = call.alphaGradients ? [call.weights] : [];
  const edge = tf.customGrad((...args) => {
    const [x, ...rest] = args as tf.Tensor[];
    const { weights } = call;
    const save = args[args.length - 1] as unknown as (tensors: tf.Tensor[]) => void;
    const others = rest.slice(mixture.length, mixture.length + given.length);
    const module = instanceOf(tf.backend());
    const state = edgeForward(module, layout, call, {
      x: x!,
      weights,
      given: others,
    });
    if (call.updateStatistics) updateStatistics(module, layout, state.statistics);
    save([x!, weights, tensorOf(state.statistics), ...others, ...state.maps.map(tensorOf)]);
    return {
      value: tensorOf(state.y),
      gradFunc: (dy, saved) => {
        const [savedX, savedWeights, savedStatistics, ...more] = saved;
        const grads = edgeBackward(instanceOf(tf.backend()), layout, call, dy, {
          x: savedX!,
          weights: savedWeights!,
          statistics: savedStatistics!,
          given: more.slice(0, given.length),
          maps: more.slice(given.length),
        });
        // tfjs would keep them to the end of the whole backward pass.
        tf.dispose(saved);
        return [grads.x, ...(grads.weights ? [grads.weights] : []), ...grads.given, ...grads.filters].map(
          tensorOf,
        );
      },
    };
  });
  return edge(call.x, ...mixture, ...given, ...filters) as tf.Tensor4D;
}
