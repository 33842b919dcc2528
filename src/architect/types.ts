import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Moment } from '../layers';
import type { Optimizer, UnrolledUpdate } from '../optimizers';

/**
 * Numbers that tell the random draws (noise, drop path) of one step's passes apart.
 *
 * The weight step, the architect's validation pass and its training passes draw differently; the passes of one finite
 * difference share their draw, or the difference would be one of noise.
 */
export const passes = { weights: 0, valid: 1, train: 2, analysis: 3 } as const;

/** How a loss is to be computed. */
export interface LossOptions {
  /** Batch statistics, noise and drop path as in training, or none of it. */
  readonly training: boolean;
  /** Which random draws: two losses at the same moment see the same ones. Its `pass` is one of {@link passes}. */
  readonly moment: Moment;
}

/**
 * A model with two disjoint sets of variables, architecture and weights: all that architects, gradient checks and Hessian
 * tools ask of it. A supernet of this library is one; so is any other model behind these few functions.
 */
export interface BilevelModel<B> {
  /** Architecture parameters (alpha); each must be trainable in tfjs's sense. */
  archVariables(): readonly Variable[];
  /** Weights that the weight optimizer trains. */
  weightVariables(): readonly Variable[];
  /** What a training pass changes by the way, such as running statistics; put back wherever a pass must leave no trace. */
  stateVariables?(): readonly Variable[];
  /** The epoch that its search is in, from 0, which schedules of noise and strategies go by where no moment is told. Default 0. */
  readonly epoch?: number;
  /** The mean loss over a batch, built from differentiable operations. */
  loss(batch: B, options: LossOptions): Scalar;
}

/** What an architect's gradient depends on. */
export interface ArchBatches<B> {
  /** The batch the weights will be trained on next; only the second order looks at it. */
  readonly train: B;
  readonly valid: B;
  /** Default 0. */
  readonly epoch?: number;
  /** Default 0. */
  readonly step?: number;
}

/** Losses seen on the way; the caller disposes them. */
export interface ArchLosses {
  /** Validation loss at the point whose gradient was taken: the weights, or the unrolled weights. */
  readonly validLoss: Scalar;
  /** Training loss at the weights; `null` in first order, which does not compute it. */
  readonly trainLoss: Scalar | null;
}

/** A gradient over alpha; the caller disposes all of it. */
export interface ArchGradient extends ArchLosses {
  /** In the order of `archVariables()`; `null` for a variable that took no part. */
  readonly grads: readonly (Tensor | null)[];
}

/** Moves alpha, one call a step; the training loop stays with the caller. */
export interface Architect<B> {
  readonly model: BilevelModel<B>;
  /** Moves alpha. */
  readonly optimizer: Optimizer;
  /** The weight update looked through, or `null` in first order. */
  readonly unroll: UnrolledUpdate | null;
  /** The gradient over alpha; neither alpha nor the weights move, not by a bit. */
  gradient(batches: ArchBatches<B>): ArchGradient;
  /** One step of alpha along {@link Architect.gradient}. Nothing is read back from the device but by the model's loss. */
  step(batches: ArchBatches<B>): ArchLosses;
}
