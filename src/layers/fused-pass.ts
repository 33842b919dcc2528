import * as tf from '@tensorflow/tfjs-core';
import { type EdgeKernel, edgeKernel, type FusedBlock, type FusedCandidate } from '../kernels/edge';
import type { BatchNorm } from './batch-norm';
import { type CallOptions, START } from './call-options';
import { type LayerWeight, type NoisyDartsLayer, variableOf } from './noisy-darts-layer';

/** The edge kernel that can run a pass on x, if there is one: they are of maps. Outside training it knows no gradients. */
export function kernelFor(
  { rank }: tf.Tensor,
  { training, noise, sampler }: CallOptions,
): EdgeKernel | undefined {
  const can = training ? noise !== false && !sampler : !tf.engine().state.gradientDepth;
  return can && rank === 4 ? edgeKernel(tf.getBackend()) : undefined;
}

/** A dense convolution of stride 1 and the norm behind it; undefined if its window is not a square of odd sides. */
export function denseBlock(
  weight: LayerWeight,
  norm: BatchNorm,
  activation?: FusedBlock['activation'],
): FusedCandidate | undefined {
  const filter = variableOf(weight) as tf.Variable<tf.Rank.R4>;
  const [height, width] = filter.shape;
  const block = { filter, stride: 1, activation, norm: norm.fusedNorm() };
  return height % 2 > 0 && height === width ? { kind: 'blocks', blocks: [block] } : undefined;
}

/** What the kernel of an edge makes of a layer that stands by itself; undefined if only the layer can run the pass. */
export function fusedAlone(
  layer: Pick<NoisyDartsLayer, 'fused'>,
  x: tf.Tensor4D,
  options: CallOptions,
): tf.Tensor4D | undefined {
  const kernel = kernelFor(x, options);
  const term = kernel && layer.fused(START);
  if (term && kernel.takes(term, options.training))
    return kernel.run({ ...options, x, weights: tf.ones([1]), terms: [term], alphaGradients: false });
  return undefined;
}
