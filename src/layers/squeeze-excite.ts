import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { matMul } from '../kernels';
import { activate } from './activation';
import { type Footprint, footprint } from './footprint';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
} from './noisy-darts-layer';
import { channelsOf, onMaps } from './signals';
import type { MapShape } from './work';
import { type LayerShapes, numbers, pixels, type Work } from './work';

/** Options of {@link SqueezeExcite}. */
export interface SqueezeExciteOptions extends NoisyDartsLayerOptions {
  /** Channels in the middle. */
  readonly reduced: number;
  /** Activation in the middle. Default `'swish'`. */
  readonly activation?: 'relu' | 'swish';
}

/**
 * Squeeze-and-excitation: `y = x * sigmoid(W2 act(W1 mean(x) + b1) + b2)`, the mean over height and width.
 *
 * Maps [N, H, W, C] or signals [N, T, C].
 *
 * Source: Hu et al., "Squeeze-and-excitation networks" (2018).
 */
export class SqueezeExcite extends NoisyDartsLayer {
  static className = 'NoisyDartsSqueezeExcite';
  readonly reduced: number;
  readonly activation: 'relu' | 'swish';
  #reduceKernel!: LayerWeight;
  #reduceBias!: LayerWeight;
  #expandKernel!: LayerWeight;
  #expandBias!: LayerWeight;

  constructor(options: SqueezeExciteOptions) {
    const { reduced, activation = 'swish', ...common } = requireOptions('NoisyDartsSqueezeExcite', options);
    super(common, { reduced, activation });
    this.reduced = reduced;
    this.activation = activation;
  }

  override build(inputShape: unknown): void {
    const channels = channelsOf(singleShape(inputShape));
    const { reduced } = this;
    this.#reduceKernel = this.addFilter('reduce_kernel', [1, 1, channels, reduced], channels);
    this.#reduceBias = this.addUniform('reduce_bias', [reduced], 1 / Math.sqrt(channels));
    this.#expandKernel = this.addFilter('expand_kernel', [1, 1, reduced, channels], reduced);
    this.#expandBias = this.addUniform('expand_bias', [channels], 1 / Math.sqrt(reduced));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return inputShape as (number | null)[];
  }

  override work({ input }: LayerShapes): Work {
    const channels = channelsOf(input);
    return {
      convolution: 2 * channels * this.reduced,
      convolutionBias: this.reduced + channels,
      globalPool: { pixels: pixels(input), outputs: channels },
    };
  }

  override footprint(input: MapShape): Footprint {
    return footprint({ back: 2 * numbers(input) });
  }

  override officialNames(): OfficialNames {
    return {
      'conv_reduce.weight': this.#reduceKernel,
      'conv_reduce.bias': this.#reduceBias,
      'conv_expand.weight': this.#expandKernel,
      'conv_expand.bias': this.#expandBias,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const channels = x.shape[3];
      const reduce = tf.reshape(this.#reduceKernel.read(), [channels, this.reduced]) as tf.Tensor2D;
      const expand = tf.reshape(this.#expandKernel.read(), [this.reduced, channels]) as tf.Tensor2D;
      const squeezed: tf.Tensor2D = tf.add(
        matMul(tf.mean(x, [1, 2]) as tf.Tensor2D, reduce),
        this.#reduceBias.read(),
      );
      const excited = tf.add(matMul(activate(squeezed, this.activation), expand), this.#expandBias.read());
      return tf.mul(x, tf.reshape(tf.sigmoid(excited), [x.shape[0], 1, 1, channels]));
    });
  }
}
