import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { sum } from '../../kernels';
import type { EdgeCall } from '../../layers';
import { mostTensors } from '../shader';
import { partBackward } from './backward';
import { computeMaps, mixture } from './forward';
import { type EdgePart, partsOf } from './layout';
import type { Computed } from './operands';
import { updateRunning } from './statistics';

const tensorOf = (info: tf.TensorInfo): tf.Tensor => tf.engine().makeTensorFromTensorInfo(info);

/** Puts saved tensors in their places. */
function restore(part: EdgePart, x: tf.TensorInfo, saved: readonly tf.TensorInfo[]): Computed {
  const rest = [...saved];
  const levels = part.levels.map(() => ({ maps: rest.shift()!, statistics: rest.shift()! }));
  const deviation = part.noisy?.noise.relative ? rest.shift() : undefined;
  return { x, levels, deviation, given: rest };
}

function mixedPart(call: EdgeCall, part: EdgePart): tf.Tensor4D {
  const given = part.given.map(({ y }) => y);
  const filters = call.weightGradients
    ? part.levels.flatMap(({ blocks }) => blocks.flatMap(({ block }) => [block.depthwise, block.pointwise]))
    : [];
  // What no gradient is asked of, or can be, stays out of the arguments, so that asking for it is an error.
  const input = part.levels.length > 0 || part.identities.length > 0 || part.noisy ? [call.x] : [];
  const mixed = call.alphaGradients ? [call.weights] : [];
  const edge = tf.customGrad((...args) => {
    const save = args[args.length - 1] as unknown as (tensors: tf.Tensor[]) => void;
    const { x, weights } = call;
    const backend = tf.backend() as WebGPUBackend;
    const { levels, deviation } = computeMaps(backend, part, x);
    const y = mixture(backend, part, { x, levels, deviation, given }, weights);
    if (call.updateStatistics) {
      for (const [k, level] of part.levels.entries()) updateRunning(backend, level, levels[k]!.statistics);
    }
    const made = [
      ...levels.flatMap(({ maps, statistics }) => [maps, statistics]),
      ...(deviation ? [deviation] : []),
    ];
    save([x, weights, ...made.map(tensorOf), ...given]);
    return {
      value: tensorOf(y),
      gradFunc: (dy, saved) => {
        const [savedX, savedWeights, ...rest] = saved as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        const grads = partBackward(
          tf.backend() as WebGPUBackend,
          part,
          call,
          restore(part, savedX, rest),
          savedWeights,
          dy,
        );
        // tfjs would keep them to the end of the whole backward pass.
        tf.dispose(saved);
        return [
          ...(input.length > 0 ? [grads.x!] : []),
          ...(mixed.length > 0 ? [grads.weights!] : []),
          ...grads.given,
          ...grads.filters,
        ].map(tensorOf);
      },
    };
  });
  return edge(...input, ...mixed, ...given, ...filters) as tf.Tensor4D;
}

/**
 * A whole mixed edge in a few launches: the pools and the blocks of every level of its candidates together, plane by
 * plane, their norms, and the weighted sum, which normalises what it reads and draws the noise.
 *
 * Of each candidate it keeps the map before its last norm (and between its blocks); depthwise maps, normalised maps and
 * noise are made again on the way back. What is kept is freed edge by edge there.
 */
export function fusedEdge(call: EdgeCall): tf.Tensor4D {
  const parts = partsOf(call, mostTensors(tf.backend() as WebGPUBackend));
  const outputs = parts.map((part) => mixedPart(call, part));
  return outputs.length === 1 ? outputs[0]! : sum(outputs);
}
