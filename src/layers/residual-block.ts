import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { pointwiseConv2d } from '../kernels';
import { strided } from '../kernels/geometry';
import type { CallOptions } from './call-options';
import { after, type Footprint, footprint, together } from './footprint';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
} from './noisy-darts-layer';
import { ReluConvBN } from './relu-conv-bn';
import { channelsOf, kernelSides, onMaps } from './signals';
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
 * convolution. Signals [N, T, C] likewise, to [N, ceil(T/stride), filters].
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
  #onSignals = false;

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
    this.#onSignals = shape.length === 3;
    const channels = channelsOf(shape);
    this.#shortcut = this.addFilter('shortcut', [1, 1, channels, this.filters], channels);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), this.stride, this.filters);
  }

  override work({ input, output }: LayerShapes): Work {
    const { filters, stride } = this;
    const channels = channelsOf(input);
    const [height, width] = kernelSides(stride, input);
    const outputs = (numbers(output) / filters) * channels;
    const averagePool = { window: stride, pixels: height * width, outputs };
    return { convolution: channels * numbers(output), ...(stride > 1 && { averagePool }) };
  }

  override footprint(input: MapShape): Footprint {
    const output = numbers(after(this, input));
    const [height, width] = kernelSides(this.stride, input);
    const shrunk = numbers(input) / (height * width);
    return together([
      this.#first.footprint(input),
      this.#second.footprint(after(this, input)),
      // Between the two, both sides of the sum, and the way of the shortcut.
      footprint({ kept: 3 * output + shrunk, back: shrunk + numbers(input) }),
    ]);
  }

  override officialNames(): OfficialNames {
    return { 'conv_a.': this.#first, 'conv_b.': this.#second, 'downsample.1.weight': this.#shortcut };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const window: [number, number] = [this.stride, this.#onSignals ? 1 : this.stride];
      const shortcut = pointwiseConv2d(shrink(x, window), this.#shortcut.read() as tf.Tensor4D);
      return tf.add(this.#second.call(this.#first.call(x, options), options), shortcut);
    });
  }
}

/** Means over windows that lie side by side. */
function shrink(x: tf.Tensor4D, window: [number, number]): tf.Tensor4D {
  if (window[0] === 1) return x;
  const [below, beside] = window.map((side, axis) => (side - (x.shape[axis + 1]! % side)) % side);
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
  return tf.avgPool(whole, window, window, 'valid');
}
