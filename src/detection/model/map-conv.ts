import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../../errors';
import { conv2d } from '../../kernels';
import {
  type LayerShapes,
  type MapShape,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type Work,
} from '../../layers';
import { type LayerWeight, singleShape } from '../../layers/noisy-darts-layer';
import { numbers } from '../../layers/work';

/** Options of {@link MapConv}. */
export interface MapConvOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  /** Side of the kernel in pixels, odd. Default 3. */
  readonly kernelSize?: number;
  /** Default 1. */
  readonly stride?: number;
  /** What comes first, or last. Default `'linear'`: nothing. */
  readonly before?: 'linear' | 'relu';
  readonly activation?: 'linear' | 'relu';
  /**
   * Standard deviation of the first weights, which are uniform. Default: what keeps the size of activations, sqrt(2 / fan-in)
   * with a ReLU (He's), sqrt(1 / fan-in) without.
   */
  readonly deviation?: number;
  /** The first value of the bias. Default 0. */
  readonly bias?: number;
}

/**
 * Convolution with bias and symmetric padding, without a norm: [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), filters].
 * What pyramids and heads of detectors are made of.
 */
export class MapConv extends NoisyDartsLayer {
  static className = 'NoisyDartsMapConv';
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly before: 'linear' | 'relu';
  readonly activation: 'linear' | 'relu';
  readonly #deviation: number | undefined;
  readonly #first: number;
  #kernel!: LayerWeight;
  #bias!: LayerWeight;

  constructor(options: MapConvOptions) {
    const {
      filters,
      kernelSize = 3,
      stride = 1,
      before = 'linear',
      activation = 'linear',
      deviation,
      bias = 0,
      ...common
    } = requireOptions('NoisyDartsMapConv', options);
    super(common, {
      filters,
      kernelSize,
      stride,
      before,
      activation,
      bias,
      ...(deviation !== undefined && { deviation }),
    });
    this.filters = filters;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.before = before;
    this.activation = activation;
    this.#deviation = deviation;
    this.#first = bias;
  }

  override build(inputShape: unknown): void {
    const channels = singleShape(inputShape).at(-1)!;
    const { kernelSize: k, filters } = this;
    // A ReLU, before or after, halves the second moment of what goes through.
    const gain = this.before === 'relu' || this.activation === 'relu' ? 2 : 1;
    const deviation = this.#deviation ?? Math.sqrt(gain / (k * k * channels));
    this.#kernel = this.addUniform('kernel', [k, k, channels, filters], deviation * Math.sqrt(3));
    this.#bias = this.addConstant('bias', [filters], this.#first, true);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    const [n, ...sides] = singleShape(inputShape);
    const strided = sides.slice(0, -1).map((side) => (side === null ? null : Math.ceil(side / this.stride)));
    return [n, ...strided, this.filters] as MapShape;
  }

  override work({ input, output }: LayerShapes): Work {
    return { convolution: this.kernelSize ** 2 * input.at(-1)! * numbers(output) };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor4D {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor4D;
      const taken = this.before === 'relu' ? tf.relu(x) : x;
      const y = tf.add(
        conv2d(taken, this.#kernel.read() as tf.Tensor4D, {
          stride: this.stride,
          pad: (this.kernelSize - 1) / 2,
        }),
        this.#bias.read(),
      ) as tf.Tensor4D;
      return this.activation === 'relu' ? tf.relu(y) : y;
    });
  }
}
