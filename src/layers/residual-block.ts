import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { pointwiseConv2d } from '../kernels';
import { strided } from '../kernels/geometry';
import type { CallOptions } from './call-options';
import { after, chainFootprint, type Footprint, footprint, together } from './footprint';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleInput,
  singleShape,
} from './noisy-darts-layer';
import { ReluConvBN } from './relu-conv-bn';
import type { MapShape } from './work';
import { type LayerShapes, numbers, type Work } from './work';

/** Options of {@link ResidualBlock}. */
export interface ResidualBlockOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  /** Stride of the whole. Default 2. */
  readonly stride?: number;
}

/**
 * Two rounds of ReLU, 3x3 convolution and batch norm beside a shortcut: the fixed block that halves the map in
 * NAS-Bench-201.
 *
 * `y = conv_b(conv_a(x)) + shortcut(x)`, [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), filters]. With a stride the
 * shortcut is a mean over stride x stride pixels (zeros beyond the border) and a 1x1 convolution; without, a 1x1
 * convolution.
 *
 * Source: Dong and Yang 2020, "NAS-Bench-201", section 2.1; its code, cell_operations.py.
 */
export class ResidualBlock extends NoisyDartsLayer {
  static className = 'NoisyDartsResidualBlock';
  readonly filters: number;
  readonly stride: number;
  readonly #first: ReluConvBN;
  readonly #second: ReluConvBN;
  #shortcut!: LayerWeight;

  constructor(options: ResidualBlockOptions) {
    const { filters, stride = 2, ...common } = requireOptions('NoisyDartsResidualBlock', options);
    super(common, { filters, stride });
    this.filters = filters;
    this.stride = stride;
    const conv = (name: string, step: number) =>
      new ReluConvBN({ ...this.seeded(name), filters, kernels: [[3, 3]], stride: step });
    this.#first = conv('conv_a', stride);
    this.#second = conv('conv_b', 1);
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    this.adopt(this.#second, this.adopt(this.#first, shape));
    this.#shortcut = this.addFilter('shortcut', [1, 1, shape[3], this.filters], shape[3]);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), this.stride, this.filters);
  }

  override work({ input, output }: LayerShapes): Work {
    const { filters, stride } = this;
    const averagePool = { window: stride, outputs: (numbers(output) / filters) * input[3] };
    return { convolution: input[3] * numbers(output), ...(stride > 1 && { averagePool }) };
  }

  override footprint(input: MapShape): Footprint {
    const output = numbers(after(this, input));
    const shrunk = numbers(input) / this.stride ** 2;
    return together([
      chainFootprint([this.#first, this.#second], input),
      // Both sides of the sum, and the way of the shortcut.
      footprint({ kept: 2 * output + shrunk, back: shrunk + numbers(input) }),
    ]);
  }

  override officialNames(): OfficialNames {
    return { 'conv_a.': this.#first, 'conv_b.': this.#second, 'downsample.1.weight': this.#shortcut };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const x = singleInput(this, inputs);
      const shortcut = pointwiseConv2d(shrink(x, this.stride), this.#shortcut.read() as tf.Tensor4D);
      return tf.add(this.#second.call(this.#first.call(x, options), options), shortcut);
    });
  }
}

/** Means over stride x stride pixels. */
function shrink(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return x;
  const [, height, width] = x.shape;
  const [below, beside] = [height, width].map((side) => (stride - (side % stride)) % stride);
  // Padded by hand, as tfjs's gradient of a window that sticks out is wrong.
  const whole =
    below || beside
      ? tf.pad(x, [
          [0, 0],
          [0, below!],
          [0, beside!],
          [0, 0],
        ])
      : x;
  return tf.avgPool(whole, stride, stride, 'valid');
}
