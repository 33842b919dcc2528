import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { matMul } from '../kernels';
import type { FusedExcitation } from '../kernels/edge';
import { activate } from './activation';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
  variableOf,
} from './noisy-darts-layer';
import { channelsOf, onMaps } from './signals';
import { type LayerShapes, pixels, type Work } from './work';

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
  /** Kernel and bias of both layers. */
  #weights: LayerWeight[] = [];

  constructor(options: SqueezeExciteOptions) {
    const { reduced, activation = 'swish', ...common } = requireOptions('NoisyDartsSqueezeExcite', options);
    super(common, { reduced, activation });
    this.reduced = reduced;
    this.activation = activation;
  }

  override build(inputShape: unknown): void {
    const channels = channelsOf(singleShape(inputShape));
    const { reduced } = this;
    this.#weights = [
      this.addFilter('reduce_kernel', [1, 1, channels, reduced], channels),
      this.addUniform('reduce_bias', [reduced], 1 / Math.sqrt(channels)),
      this.addFilter('expand_kernel', [1, 1, reduced, channels], reduced),
      this.addUniform('expand_bias', [channels], 1 / Math.sqrt(reduced)),
    ];
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return inputShape as (number | null)[];
  }

  /** The layer as a fused kernel needs it. */
  fusedExcitation(): FusedExcitation {
    return { variables: this.#weights.map(variableOf), activation: this.activation };
  }

  override work({ input }: LayerShapes): Work {
    const channels = channelsOf(input);
    return {
      convolution: 2 * channels * this.reduced,
      convolutionBias: this.reduced + channels,
      globalPool: { pixels: pixels(input), outputs: channels },
    };
  }

  override officialNames(): OfficialNames {
    const names = ['reduce.weight', 'reduce.bias', 'expand.weight', 'expand.bias'];
    return Object.fromEntries(names.map((name, i) => [`conv_${name}`, this.#weights[i]!]));
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const channels = x.shape[3];
      const [reduce, reduceBias, expand, expandBias] = this.#weights.map((weight) => weight.read());
      const layer = (from: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) =>
        tf.add(
          matMul(from as tf.Tensor2D, tf.reshape(kernel, kernel.shape.slice(2) as [number, number])),
          bias,
        );
      const squeezed = layer(tf.mean(x, [1, 2]), reduce!, reduceBias!);
      const excited = layer(activate(squeezed, this.activation), expand!, expandBias!);
      return tf.mul(x, tf.reshape(tf.sigmoid(excited), [x.shape[0], 1, 1, channels]));
    });
  }
}
