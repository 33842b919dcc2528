import * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireOptions } from '../errors';
import { concatChannels, pointwiseConv2d } from '../kernels';
import { strided } from '../kernels/geometry';
import { BatchNorm } from './batch-norm';
import type { CallOptions } from './call-options';
import { after, type Footprint, footprint } from './footprint';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
} from './noisy-darts-layer';
import { channelsOf, onMaps } from './signals';
import type { MapShape } from './work';
import { type LayerShapes, numbers, type Work } from './work';

/** Options of {@link FactorizedReduce}. */
export interface FactorizedReduceOptions extends NoisyDartsLayerOptions {
  /** Channels of the output, an even number. */
  readonly filters: number;
  /** Whether the batch norm has scale and offset. Default true. */
  readonly affine?: boolean;
}

/**
 * Halves height and width: ReLU, two pointwise convolutions of stride 2, one of them shifted by a pixel, joined along
 * the channels, then batch norm. What a skip connection is at stride 2.
 *
 * [N, H, W, C] to [N, ceil(H/2), ceil(W/2), filters]; on an odd side the shifted half reads zero beyond the edge. Signals
 * [N, T, C] to [N, ceil(T/2), filters].
 *
 * Source: DARTS, operations.py.
 */
export class FactorizedReduce extends NoisyDartsLayer {
  static className = 'NoisyDartsFactorizedReduce';
  readonly filters: number;
  readonly norm: BatchNorm;
  #even!: LayerWeight;
  #odd!: LayerWeight;
  #onSignals = false;

  constructor(options: FactorizedReduceOptions) {
    const { filters, affine = true, ...common } = requireOptions('NoisyDartsFactorizedReduce', options);
    super(common, { filters, affine });
    if (!Number.isInteger(filters) || filters < 2 || filters % 2 !== 0) {
      throw rangeError(
        'NoisyDartsFactorizedReduce',
        'filters must be even',
        filters,
        'use an even number of channels',
      );
    }
    this.filters = filters;
    this.norm = new BatchNorm({ name: 'norm', affine });
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    const half = this.filters / 2;
    const channels = channelsOf(shape);
    this.#even = this.addFilter('kernel_even', [1, 1, channels, half], channels);
    this.#odd = this.addFilter('kernel_odd', [1, 1, channels, half], channels);
    this.#onSignals = shape.length === 3;
    this.adopt(this.norm, strided(shape, 2, this.filters));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), 2, this.filters);
  }

  override work({ input, output }: LayerShapes): Work {
    return { convolution: channelsOf(input) * numbers(output) };
  }

  override footprint(input: MapShape): Footprint {
    const output = numbers(after(this, input));
    return footprint({ kept: output, back: 2 * output + 2 * numbers(input) });
  }

  override officialNames(): OfficialNames {
    return { 'conv_1.weight': this.#even, 'conv_2.weight': this.#odd, 'bn.': this.norm };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const even = pointwiseConv2d(x, this.#even.read() as tf.Tensor4D, { stride: 2, rectify: true });
      // The one column of a signal has none beside it.
      const odd = pointwiseConv2d(this.#onSignals ? later(x) : x, this.#odd.read() as tf.Tensor4D, {
        stride: 2,
        offset: this.#onSignals ? 0 : 1,
        rectify: true,
      });
      return this.norm.call(concatChannels([even, odd]), options);
    });
  }
}

/** The map without its first row, a row of zeros at its end. */
const later = (x: tf.Tensor4D): tf.Tensor4D =>
  tf.slice(
    tf.pad(x, [
      [0, 0],
      [0, 1],
      [0, 0],
      [0, 0],
    ]),
    [0, 1, 0, 0],
    x.shape,
  );
