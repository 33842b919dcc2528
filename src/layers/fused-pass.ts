import * as tf from '@tensorflow/tfjs-core';
import { type EdgeKernel, edgeKernel } from '../kernels/edge';
import { type CallOptions, START } from './call-options';
import type { NoisyDartsLayer } from './noisy-darts-layer';

/** The edge kernel that can run a pass on x, if there is one: they are of maps. Outside training it knows no gradients. */
export function kernelFor(
  { rank }: tf.Tensor,
  { training, noise, sampler }: CallOptions,
): EdgeKernel | undefined {
  const can = training ? noise !== false && !sampler : tf.engine().state.gradientDepth === 0;
  return can && rank === 4 ? edgeKernel(tf.getBackend()) : undefined;
}

/** What the kernel of an edge makes of a layer that stands by itself; undefined if only the layer can run the pass. */
export function fusedAlone(
  layer: NoisyDartsLayer,
  x: tf.Tensor4D,
  options: CallOptions,
): tf.Tensor4D | undefined {
  const kernel = kernelFor(x, options);
  const term = kernel && layer.fused(START);
  return term && kernel.takes(term, options.training)
    ? kernel.run({ ...options, x, weights: tf.ones([1]), terms: [term], alphaGradients: false })
    : undefined;
}
