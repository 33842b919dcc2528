import type * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireOptions } from '../errors';
import {
  BATCH_NORM_EPSILON,
  type BatchNormAffine,
  batchNormInference,
  batchNormTrain,
  type FusedNorm,
  updateRunning,
} from '../kernels';
import type { CallOptions } from './call-options';
import { type Footprint, footprint } from './footprint';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  singleShape,
  variableOf,
} from './noisy-darts-layer';
import { channelsOf, onMaps } from './signals';
import type { MapShape } from './work';
import { type LayerShapes, numbers, type Work } from './work';

/** Options of {@link BatchNorm}. */
export interface BatchNormOptions extends NoisyDartsLayerOptions {
  /** Whether a scale and an offset train. Default true; the search uses false. */
  readonly affine?: boolean;
  /** Share of the newest batch in the running statistics. Default 0.1. */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Batch normalisation as in PyTorch, with or without scale and offset.
 *
 * Training uses the statistics of the batch and updates the running ones,
 * `running = (1 - momentum) running + momentum batch`, with the unbiased variance; evaluation uses the running ones.
 * Maps [N, H, W, C] or signals [N, T, C].
 */
export class BatchNorm extends NoisyDartsLayer {
  static className = 'NoisyDartsBatchNorm';
  readonly affine: boolean;
  readonly momentum: number;
  readonly epsilon: number;
  #scale: LayerWeight | undefined;
  #offset: LayerWeight | undefined;
  #mean!: LayerWeight;
  #variance!: LayerWeight;

  constructor(options: BatchNormOptions = {}) {
    const {
      affine = true,
      momentum = 0.1,
      epsilon = BATCH_NORM_EPSILON,
      ...common
    } = requireOptions('NoisyDartsBatchNorm', options);
    super(common, { affine, momentum, epsilon });
    this.affine = affine;
    this.momentum = momentum;
    this.epsilon = epsilon;
  }

  override build(inputShape: unknown): void {
    const channels = channelsOf(singleShape(inputShape));
    if (this.affine) {
      this.#scale = this.addConstant('gamma', [channels], 1, true);
      this.#offset = this.addConstant('beta', [channels], 0, true);
    }
    this.#mean = this.addConstant('moving_mean', [channels], 0, false);
    this.#variance = this.addConstant('moving_variance', [channels], 1, false);
    this.built = true;
  }

  /** Scale and offset, if affine. */
  parameters(): BatchNormAffine | undefined {
    if (!this.#scale || !this.#offset) return undefined;
    return { scale: this.#scale.read() as tf.Tensor1D, offset: this.#offset.read() as tf.Tensor1D };
  }

  /** The norm as a fused kernel needs it. */
  fusedNorm(): FusedNorm {
    const { momentum, epsilon } = this;
    const affine = this.affine ? [this.#scale!, this.#offset!].map(variableOf) : [];
    return { mean: variableOf(this.#mean), variance: variableOf(this.#variance), momentum, epsilon, affine };
  }

  /** Feeds one batch of `count` values a channel to the running statistics; `variance` is the biased one. */
  updateStatistics(mean: tf.Tensor1D, variance: tf.Tensor1D, count: number): void {
    const running = {
      mean: this.#mean.read() as tf.Tensor1D,
      variance: this.#variance.read() as tf.Tensor1D,
    };
    const next = updateRunning(running, { mean, variance }, this.momentum, count);
    this.#mean.write(next.mean);
    this.#variance.write(next.variance);
  }

  override work({ output }: LayerShapes): Work {
    return { batchNorm: numbers(output) };
  }

  override footprint(input: MapShape): Footprint {
    return footprint({ back: numbers(input) });
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      if (!options.training) {
        const mean = this.#mean.read() as tf.Tensor1D;
        const variance = this.#variance.read() as tf.Tensor1D;
        return batchNormInference(x, mean, variance, this.parameters(), this.epsilon);
      }
      const count = x.shape[0] * x.shape[1] * x.shape[2];
      if (count < 2) {
        throw rangeError(
          'NoisyDartsBatchNorm',
          'training needs more than one value a channel',
          x.shape,
          'use a larger batch or larger maps',
        );
      }
      const { y, mean, variance } = batchNormTrain(x, this.parameters(), this.epsilon);
      if (options.updateStatistics ?? true) this.updateStatistics(mean, variance, count);
      return y;
    });
  }
}
