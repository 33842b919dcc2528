import type { AugmentationOptions, ImageDataset } from '../data';
import type { Seed } from '../random';
import type { SearchSpace } from '../spaces';
import type { Supernet } from '../supernet';
import type { CheckpointStore } from './checkpoint-store';
import type { DiagnosticsOptions } from './diagnostics';
import type { GradientEngine } from './engine';
import type { SearchPolicy } from './policies/policy';

/** How the weights train. Defaults: the paper's. */
export interface WeightTraining {
  /** Learning rate at epoch 0. Default 0.05. */
  readonly learningRate?: number;
  /** Learning rate that the cosine falls to by the last epoch. Default 0.001. */
  readonly minLearningRate?: number;
  /** Default 0.9. */
  readonly momentum?: number;
  /** Coupled (L2) weight decay. Default 3e-4. */
  readonly weightDecay?: number;
  /** Default false. */
  readonly nesterov?: boolean;
  /** Largest global norm of the weights' gradients; Infinity for no clipping. Default 5. */
  readonly clip?: number;
}

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

/** When and where the state of a run is stored. */
export interface CheckpointOptions {
  readonly store: CheckpointStore;
  /** Store after this many epochs. Default 1. */
  readonly everyEpochs?: number;
  /** Store after this many iterations too. Default: never. */
  readonly everySteps?: number;
}

/** Options of {@link search}. */
export interface SearchOptions<S extends SearchSpace = SearchSpace> {
  /** The supernet to search in; its weights and alphas are trained in place. */
  readonly supernet: Supernet<S>;
  /** Images the weights train on. */
  readonly train: ImageDataset;
  /** Images alpha trains on; disjoint from `train`. */
  readonly valid: ImageDataset;
  /** Length of the whole run. Default 50. */
  readonly epochs?: number;
  /** Images a batch, for both splits. Default 128. */
  readonly batchSize?: number;
  /** Images a batch in evaluation. Default: `batchSize`. */
  readonly evaluationBatchSize?: number;
  /** Seed of order and augmentation; noise follows the supernet's seed. Default 0. */
  readonly seed?: Seed;
  /** Augmentation of the batches of both splits; its normalisation serves evaluation too. Default none. */
  readonly augment?: AugmentationOptions;
  readonly weights?: WeightTraining;
  readonly alpha?: AlphaTraining;
  /** Evaluate the validation split after this many epochs, and after the last; 0 for never. Default 1. */
  readonly evaluateEvery?: number;
  /** What to measure about the search itself. Default nothing. */
  readonly diagnostics?: DiagnosticsOptions;
  /** May stop the run after any epoch and go back to an earlier one's genotype; of several the first to stop decides. */
  readonly policy?: SearchPolicy | readonly SearchPolicy[];
  readonly checkpoint?: CheckpointOptions;
  /** What computes the gradients, first order only. Default: this thread. It is not disposed. */
  readonly engine?: GradientEngine;
  /** A checkpoint of the same run, to go on from. */
  readonly resume?: Uint8Array;
  /** Stops the run after the iteration in progress; its state is stored first if there is a store. */
  readonly signal?: AbortSignal;
}
