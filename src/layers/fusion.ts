import type * as tf from '@tensorflow/tfjs-core';
import type { DrawPosition, NoiseFormula } from '../kernels';
import type { BatchNorm } from './batch-norm';
import type { Moment } from './call-options';

/** ReLU, depthwise convolution, pointwise convolution and batch norm, as a fused kernel needs to know them. */
export interface FusedBlock {
  readonly kind: 'block';
  /** [k, k, C, 1]. */
  readonly depthwise: tf.Variable;
  /** [1, 1, C, C']. */
  readonly pointwise: tf.Variable;
  readonly stride: number;
  readonly dilation: number;
  readonly norm: BatchNorm;
}

/** What a fused kernel can do for one candidate of an edge. */
export type FusedCandidate =
  | { readonly kind: 'blocks'; readonly blocks: readonly FusedBlock[] }
  | { readonly kind: 'pool'; readonly pool: 'max' | 'avg'; readonly stride: number; readonly norm: BatchNorm }
  | { readonly kind: 'identity'; readonly noise?: FusedNoise }
  | { readonly kind: 'zero' };

/** Noise on an identity: formula and position of the draw at a moment. */
export type FusedNoise = (moment: Moment) => {
  readonly formula: NoiseFormula;
  readonly position: DrawPosition;
};

/** A term of an edge's mixture: a candidate the kernel computes, or the output of one it cannot. */
export type FusedTerm = FusedCandidate | { readonly kind: 'given'; readonly y: tf.Tensor4D };

/** What {@link EdgeKernel} is called with. */
export interface EdgeCall {
  /** Maps [N, H, W, C]. */
  readonly x: tf.Tensor4D;
  /** Weights of the mixture [K]. */
  readonly weights: tf.Tensor1D;
  /** The K terms. */
  readonly terms: readonly FusedTerm[];
  readonly moment: Moment;
  /** Whether running statistics are updated. */
  readonly updateStatistics: boolean;
  /** Whether gradients of the blocks' filters may be asked for. */
  readonly weightGradients: boolean;
  /** Whether the gradient of `weights` may be asked for. */
  readonly alphaGradients: boolean;
}

/**
 * A whole mixed edge in training mode as one differentiable kernel:
 * `y = sum_k weights[k] term_k(x)`, which keeps less and launches less than its parts.
 */
export type EdgeKernel = (call: EdgeCall) => tf.Tensor4D;

const kernels = new Map<string, EdgeKernel>();

/** Offers an edge kernel for a backend; undefined withdraws it. */
export function setEdgeKernel(backend: string, kernel: EdgeKernel | undefined): void {
  if (kernel) kernels.set(backend, kernel);
  else kernels.delete(backend);
}

/** The edge kernel of a backend, if there is one. */
export function edgeKernel(backend: string): EdgeKernel | undefined {
  return kernels.get(backend);
}
