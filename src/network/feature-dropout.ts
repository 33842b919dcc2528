import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { unitDraw } from '../kernels';
import { type CallOptions, NoisyDartsLayer, type NoisyDartsLayerOptions } from '../layers';
import { momentDraw } from '../layers/call-options';
import { onMaps } from '../layers/signals';

/** Options of {@link FeatureDropout}. */
export interface FeatureDropoutOptions extends NoisyDartsLayerOptions {
  /** Probability that a feature is dropped, in [0, 1). Default 0.1. */
  readonly rate?: number;
}

/**
 * Drops whole channels of a map, in training only: `y = x * keep / (1 - rate)`, keep drawn once an image and channel.
 *
 * Before a classifier that averages the map it is dropout on the averaged features. The draw is a function of the seed
 * and the moment, unlike that of `tf.layers.dropout`. Maps [N, H, W, C] or
 * signals [N, T, C].
 */
export class FeatureDropout extends NoisyDartsLayer {
  static className = 'NoisyDartsFeatureDropout';
  readonly rate: number;

  constructor(options: FeatureDropoutOptions = {}) {
    const { rate = 0.1, ...common } = requireOptions('NoisyDartsFeatureDropout', options);
    super(common, { rate });
    this.rate = rate;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return inputShape as (number | null)[];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      if (!options.training || this.rate === 0) return tf.clone(x);
      const keep = tf.reshape(this.#mask([x.shape[0], x.shape[3]], options), [x.shape[0], 1, 1, x.shape[3]]);
      return tf.mul(x, tf.mul(keep, 1 / (1 - this.rate)));
    });
  }

  #mask(shape: [number, number], options: CallOptions): tf.Tensor {
    if (options.sampler) return options.sampler(shape, 'keep', this.name);
    const { moment } = this.withMoment(options);
    const draw = unitDraw<tf.Rank.R2>(shape, 'uniform', momentDraw(this.stream('dropout'), moment));
    // The draw is uniform on (-1, 1): above 2 rate - 1 with probability 1 - rate.
    return tf.cast(tf.greater(draw, 2 * this.rate - 1), 'float32');
  }
}
