import type * as tf from '@tensorflow/tfjs-core';
import type { BilevelModel } from '../architect';
import type { GenotypeOf } from '../genotype';
import type { CallOptions } from '../layers';
import type { AnySpace, ByAlpha, SearchSpace } from '../spaces';
import type { OutputReader } from '../tasks/task';
import type { ResolvedNoise } from './noise-plan';

/** A batch of images with their labels. */
export interface LabelledBatch {
  /** Images [N, H, W, C]. */
  readonly x: tf.Tensor4D;
  /** Class indices [N], int32. */
  readonly y: tf.Tensor1D;
}

/** What a search trains, whatever its space. */
export interface SearchedModel extends BilevelModel<LabelledBatch> {
  /** What it is, for messages and checkpoints. */
  readonly subject: 'supernet' | 'model';
  readonly classes: number;
  /** Shape of one output: [classes], or of a model of one's own what it gives. */
  readonly outputs: readonly (number | null)[];
  /** @internal How tasks read its outputs, where these went through an activation. */
  readonly reads?: OutputReader | undefined;
  /** Noise of every edge. */
  readonly noise: ResolvedNoise;
  /** The epoch of passes that are told no moment, such as evaluations; `search` sets it. Default 0. */
  epoch?: number;
  /** What two runs must have in common to be one: plain JSON. */
  readonly description: Readonly<Record<string, unknown>>;
  stateVariables(): readonly tf.Variable[];
  /** Everything that changes, by names that are the same in every run. */
  namedVariables(): ReadonlyMap<string, tf.Variable>;
  /** Reads ahead what a pass must know on the host. */
  prepare(): Promise<void>;
  /** Outputs for examples, [N, ...outputs]. */
  forward(x: tf.Tensor, options?: CallOptions): tf.Tensor2D;
  /** Whether the weights' steps are taken at other mixtures than alpha's. Default no. */
  readonly perturbs?: boolean;
  /** A term of the loss that moves alpha, if there is one. */
  penalty(epoch?: number): tf.Scalar | undefined;
}

/** What a search asks of what it searches in: a `Supernet`, or a model of one's own by `modelSupernet`. */
export interface Searchable<S extends AnySpace = SearchSpace> extends SearchedModel {
  readonly space: S;
  /** What the alphas stand for now. */
  readGenotype(): Promise<GenotypeOf<S>>;
  /** What the search thinks of every candidate, [edges, candidates] by the name of the cell or edge, differentiable over alpha. */
  strengths(): Readonly<Record<string, tf.Tensor2D>>;
  /** {@link strengths} on the host, [edges][candidates]. */
  edgeWeights(): Promise<ByAlpha<S, number[][]>>;
  /** Runs `body` while the mixtures have these weights. */
  withMixtures<T>(weights: ByAlpha<S, number[][]>, body: () => T): T;
}
