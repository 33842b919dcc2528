import * as tf from '@tensorflow/tfjs-core';
import { requireOptions, typeError } from '../errors';
import { conv2d, type FusedCandidate, pointwiseConv2d } from '../kernels';
import { strided } from '../kernels/geometry';
import { BatchNorm } from './batch-norm';
import type { CallOptions } from './call-options';
import { after, type Footprint, footprint } from './footprint';
import { denseBlock, fusedAlone } from './fused-pass';
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

/** Options of {@link ReluConvBN}. */
export interface ReluConvBNOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  /** Kernels [height, width] of the convolutions, applied one after the other; odd sizes; on signals the height counts. Default one 1x1. */
  readonly kernels?: readonly (readonly [number, number])[];
  /** Stride of the whole; each convolution strides along the axes its kernel covers. Default 1. */
  readonly stride?: number;
  /** Whether the batch norm has scale and offset. Default true. */
  readonly affine?: boolean;
}

/**
 * ReLU, one or more dense convolutions without bias, batch norm.
 *
 * [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), filters]. A 1x7 kernel strides along the width only and a 7x1
 * kernel along the height only, as in the official conv_7x1_1x7.
 *
 * Source: DARTS, operations.py.
 */
export class ReluConvBN extends NoisyDartsLayer {
  static className = 'NoisyDartsReluConvBN';
  readonly filters: number;
  readonly kernels: readonly (readonly [number, number])[];
  readonly stride: number;
  readonly norm: BatchNorm;
  readonly #filters: LayerWeight[] = [];

  constructor(options: ReluConvBNOptions) {
    const {
      filters,
      kernels = [[1, 1]],
      stride = 1,
      affine = true,
      ...common
    } = requireOptions('NoisyDartsReluConvBN', options);
    super(common, { filters, kernels, stride, affine });
    const isSide = (side: unknown) =>
      Number.isInteger(side) && (side as number) >= 1 && (side as number) <= 255;
    if (!Array.isArray(kernels) || !kernels.every((pair) => pair?.length === 2 && [...pair].every(isSide)))
      throw typeError(
        'NoisyDartsReluConvBN',
        'kernels must be pairs of sides up to 255',
        kernels,
        'use [[3, 3]]',
      );
    this.filters = filters;
    this.kernels = kernels;
    this.stride = stride;
    this.norm = new BatchNorm({ name: 'norm', affine });
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    let channels = channelsOf(shape);
    this.#sidesOn(shape).forEach(([height, width], index) => {
      const name = this.kernels.length === 1 ? 'kernel' : `kernel_${index + 1}`;
      this.#filters.push(
        this.addFilter(name, [height, width, channels, this.filters], height * width * channels),
      );
      channels = this.filters;
    });
    this.adopt(this.norm, strided(shape, this.stride, this.filters));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), this.stride, this.filters);
  }

  override work({ input }: LayerShapes): Work {
    let [height, width] = input.length === 3 ? [input[1]!, 1] : [input[1]!, input[2]!];
    let channels = channelsOf(input);
    let convolution = 0;
    for (const [kernelHeight, kernelWidth] of this.#sidesOn(input)) {
      if (kernelHeight >= kernelWidth) height = Math.ceil(height / this.stride);
      if (kernelWidth >= kernelHeight) width = Math.ceil(width / this.stride);
      convolution += kernelHeight * kernelWidth * channels * this.filters * height * width;
      channels = this.filters;
    }
    return { convolution };
  }

  /** The kernels' sides: on signals each has a width of 1. */
  #sidesOn(shape: MapShape): readonly (readonly [number, number])[] {
    return shape.length === 3 ? this.kernels.map(([height]) => [height, 1]) : this.kernels;
  }

  override footprint(input: MapShape): Footprint {
    const output = numbers(after(this, input));
    const [height, width] = this.kernels[0]!;
    // The rectified map and its gradient, which a pointwise convolution does without.
    const rectified = height * width > 1 ? numbers(input) : 0;
    const between = (this.kernels.length - 1) * output;
    return footprint({
      kept: rectified + between + output,
      back: output + between + rectified + numbers(input),
    });
  }

  override officialNames(): OfficialNames {
    // Several convolutions in a row are a bare sequence, a single one is wrapped in a module.
    const path = this.kernels.length > 1 ? '' : 'op.';
    return {
      ...Object.fromEntries(this.#filters.map((filter, i) => [`${path}${i + 1}.weight`, filter])),
      [`${path}${this.kernels.length + 1}.`]: this.norm,
    };
  }

  override fused(): FusedCandidate | undefined {
    const [filter, ...more] = this.#filters;
    return more.length > 0 || this.stride > 1 ? undefined : denseBlock(filter!, this.norm);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (map) => {
      const fused = fusedAlone(this, map, options);
      if (fused) return fused;
      let x = map;
      this.#filters.forEach((weight, index) => {
        const filter = weight.read() as tf.Tensor4D;
        const [height, width] = filter.shape;
        const rectify = index === 0;
        if (height === 1 && width === 1) {
          x = pointwiseConv2d(x, filter, { stride: this.stride, rectify });
          return;
        }
        const along = (side: number, other: number) => (side >= other ? this.stride : 1);
        x = conv2d(rectify ? tf.relu(x) : x, filter, {
          stride: [along(height, width), along(width, height)],
        });
      });
      return this.norm.call(x, options);
    });
  }
}
