import * as tf from '@tensorflow/tfjs-core';
import { requireOptions, requireTensor } from '../errors';
import { unitDraw } from '../kernels';
import { type CallOptions, momentDraw } from './call-options';
import { NoisyDartsLayer, type NoisyDartsLayerOptions } from './noisy-darts-layer';
import { onMaps } from './signals';

/** Options of {@link DropPath}. */
export interface DropPathOptions extends NoisyDartsLayerOptions {
  /** Probability that an image's whole map is dropped, in [0, 1). Default 0.2. */
  readonly rate?: number;
}

/**
 * Drops whole maps, image by image, in training only: `y = x * keep / (1 - rate)`, keep drawn once an image.
 *
 * `rate` may be changed between steps, as a schedule does. Maps [N, H, W, C].
 *
 * Source: FractalNet; DARTS, utils.py, which also drops in evaluation.
 */
export class DropPath extends NoisyDartsLayer {
  static className = 'NoisyDartsDropPath';
  rate: number;

  constructor(options: DropPathOptions = {}) {
    const { rate = 0.2, ...common } = requireOptions('NoisyDartsDropPath', options);
    super(common, { rate });
    this.rate = rate;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return inputShape as (number | null)[];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      if (!options.training || options.noise === false || this.rate === 0) return tf.clone(x);
      return dropPath(x, this.rate, this.#mask(x.shape[0], options));
    });
  }

  #mask(batch: number, options: CallOptions): tf.Tensor1D {
    if (options.sampler) return options.sampler([batch], 'keep', this.name) as tf.Tensor1D;
    const { moment } = this.withMoment(options);
    const position = momentDraw(this.stream('drop-path'), moment);
    const draw = unitDraw<tf.Rank.R1>([batch], 'uniform', position);
    // The draw is uniform on (-1, 1): above 2 rate - 1 with probability 1 - rate.
    return tf.cast(tf.greater(draw, 2 * this.rate - 1), 'float32') as tf.Tensor1D;
  }
}

/**
 * Applies a drop-path mask: `x * mask / (1 - rate)`.
 *
 * @param x - Maps [N, H, W, C].
 * @param rate - Probability of a drop, in [0, 1).
 * @param mask - [N], 1 to keep and 0 to drop.
 */
export function dropPath(x: tf.Tensor4D, rate: number, mask: tf.Tensor1D): tf.Tensor4D {
  requireTensor('dropPath', 'x', x, 4);
  requireTensor('dropPath', 'the mask', mask, 1);
  return tf.tidy(() => tf.mul(x, tf.mul(tf.reshape(mask, [x.shape[0], 1, 1, 1]), 1 / (1 - rate))));
}
