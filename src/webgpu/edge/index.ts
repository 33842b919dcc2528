import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { differentiableEdge, type EdgeKernel, type EdgeSaved } from '../../kernels/edge';
import { sum } from '../../kernels/sum';
import { mostTensors } from '../shader';
import { partBackward } from './backward';
import { computeMaps, mixture } from './forward';
import { type EdgePart, isShaded, partsOf } from './layout';
import type { Computed } from './operands';
import { updateRunning } from './statistics';

/** Puts saved tensors in their places. */
function restore(part: EdgePart, { x, given, kept }: EdgeSaved): Computed {
  const levels = part.levels.map((_, k) => ({ maps: kept[2 * k]!, statistics: kept[2 * k + 1]! }));
  return { x, levels, deviation: kept[2 * levels.length], given };
}

const differentiablePart = (part: EdgePart): tf.Tensor4D =>
  differentiableEdge(part.call, {
    forward(facts) {
      const { x, weights, updateStatistics = true } = part.call;
      const backend = tf.backend() as WebGPUBackend;
      const { levels, deviation } = computeMaps(backend, part, x);
      const given = facts.flatMap((term) => term.given ?? []);
      const y = mixture(backend, part, { x, levels, deviation, given }, weights);
      if (updateStatistics) {
        for (const [k, level] of part.levels.entries()) updateRunning(backend, level, levels[k]!.statistics);
      }
      const kept = levels.flatMap(({ maps, statistics }) => [maps, statistics]);
      return { y, kept: deviation ? [...kept, deviation] : kept };
    },
    backward: (dy, saved) =>
      partBackward(tf.backend() as WebGPUBackend, part, restore(part, saved), saved.weights, dy),
  });

/**
 * A whole mixed edge in a few launches: the pools and the blocks of every level of its candidates together, plane by
 * plane, their norms, and the weighted sum, which normalises what it reads and draws the noise.
 *
 * Of each candidate it keeps the map before its last norm (and between its blocks); depthwise maps, normalised maps and
 * noise are made again on the way back. What is kept is freed edge by edge there.
 */
export const edge: EdgeKernel = {
  takes: (candidate, training = false) => training && isShaded(candidate),
  run(call) {
    const outputs = partsOf(call, mostTensors(tf.backend() as WebGPUBackend)).map(differentiablePart);
    return outputs.length === 1 ? outputs[0]! : sum(outputs);
  },
};
