import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { unitDraw } from '../kernels';
import { strided } from '../kernels/geometry';
import { type CallOptions, momentDraw, START } from './call-options';
import { NoisyDartsLayer, type NoisyDartsLayerOptions } from './noisy-darts-layer';
import { singleInput } from './signals';
import type { MapShape } from './work';

/** What evaluation draws at. */

/** Options of {@link NoiseSource}. */
export interface NoiseSourceOptions extends NoisyDartsLayerOptions {
  /** Stride the maps shrink by. Default 1. */
  readonly stride?: number;
}

/**
 * Noise in place of its input: standard normal numbers of shape [N, ceil(H/stride), ceil(W/stride), C], in training and in
 * evaluation. No gradient flows back.
 *
 * Training draws afresh at every moment; evaluation without a moment repeats one draw, so that it can be repeated. Not to be
 * confused with `NoisyOp`, which adds noise to what a layer gives.
 *
 * Source: Zela et al. 2020, "Understanding and Robustifying Differentiable Architecture Search", space S4.
 */
export class NoiseSource extends NoisyDartsLayer {
  static className = 'NoisyDartsNoiseSource';
  readonly stride: number;

  constructor(options: NoiseSourceOptions = {}) {
    const { stride = 1, ...common } = requireOptions('NoisyDartsNoiseSource', options);
    super(common, { stride });
    this.stride = stride;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(inputShape as MapShape, this.stride);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    const shape = strided(singleInput(this, inputs).shape, this.stride) as tf.Tensor4D['shape'];
    if (options.sampler) return options.sampler(shape, 'gaussian', this.name) as tf.Tensor4D;
    const { moment } = options.training ? this.withMoment(options) : { moment: START, ...options };
    return tf.tidy(() =>
      unitDraw<tf.Rank.R4>(shape, 'gaussian', momentDraw(this.stream('noise-source'), moment)),
    );
  }
}
