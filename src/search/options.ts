import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { AugmentationOptions, Dataset } from '../data';
import type { Seed } from '../random';
import type { TrainingRunOptions, WeightTraining } from '../runs';
import type { AnySpace, SearchSpace } from '../spaces';
import type { Searchable } from '../supernet';
import type { TaskSettings } from '../tasks';
import type { Budget } from './budget';
import type { DiagnosticsOptions } from './diagnostics';
import type { GradientEngine } from './engine';
import type { SearchPolicy } from './policies/policy';

/** How alpha trains. Defaults: the paper's. */
export interface AlphaTraining {
  /** Constant learning rate of Adam. Default 3e-4. */
  readonly learningRate?: number;
  /** Default [0.5, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Coupled (L2) weight decay. Default 1e-3. */
  readonly weightDecay?: number;
  /** First order (the paper's), or the unrolled second order. Default `'first'`. */
  readonly order?: 'first' | 'second';
  /** Epochs at the start in which alpha stays as it is. Default 0. */
  readonly warmupEpochs?: number;
  /**
   * Whether alpha takes its step before the weights do, as in DARTS, or after them, as in NAS-Bench-201's code. Default
   * `'before'`.
   */
  readonly turn?: 'before' | 'after';
}

/** Options of every {@link search}. */
export interface CommonSearchOptions extends TrainingRunOptions {
  /** What is to be learnt: one of `noisydarts/tasks`. Default `classification()`. */
  readonly task?: TaskSettings;
  /** Examples the weights train on. */
  readonly train: Dataset;
  /** Examples alpha trains on; disjoint from `train`. */
  readonly valid: Dataset;
  /** Length of the whole run. Default 50. */
  readonly epochs?: number;
  /** Images a batch, for both splits. Default 128. */
  readonly batchSize?: number;
  /** Seed of order and augmentation; noise follows the supernet's seed. Default 0. */
  readonly seed?: Seed;
  /** Augmentation of the batches of both splits; its normalisation serves evaluation too. Default none. */
  readonly augment?: AugmentationOptions;
  /** Default: the paper's. */
  readonly weights?: WeightTraining;
  readonly alpha?: AlphaTraining;
  /** Evaluate the validation split after this many epochs, and after the last; 0 for never. Default 1. */
  readonly evaluateEvery?: number;
  /** What to measure about the search itself. Default nothing. */
  readonly diagnostics?: DiagnosticsOptions;
  /** May stop the run after any epoch and go back to an earlier one's genotype; of several the first to stop decides. */
  readonly policy?: SearchPolicy | readonly SearchPolicy[];
  /**
   * What the architecture found may cost, such as `latency(table, { limit: 8 })` of `noisydarts/costs`: terms of the loss that
   * moves alpha, and a test of the genotype, in whose place the best under the limits is taken where it misses. Default none.
   */
  readonly budget?: Budget | readonly Budget[];
  /** What computes the gradients, first order only. Default: this thread. It is not disposed. */
  readonly engine?: GradientEngine;
}

/** Options of a {@link search} in a supernet. */
export interface SearchOptions<S extends AnySpace = SearchSpace> extends CommonSearchOptions {
  /** The supernet to search in; its weights and alphas are trained in place. */
  readonly supernet: Searchable<S>;
}

/** Options of a {@link search} in a model of one's own. */
export interface ModelSearchOptions extends CommonSearchOptions {
  /**
   * A model that holds mixed edges anywhere, in models and wrappers inside it too. Its output is what the task takes, such as
   * logits [N, classes]; several inputs or outputs lie one after the other in examples and targets. Its weights and alphas
   * are trained in place; see `modelSupernet`.
   */
  readonly model: LayersModel;
}
