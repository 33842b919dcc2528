import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { depthwiseConv2d, type FusedBlock, type FusedCandidate, pointwiseConv2d } from '../kernels';
import { strided } from '../kernels/geometry';
import { BatchNorm } from './batch-norm';
import type { CallOptions } from './call-options';
import { fusedAlone } from './fused-pass';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
  variableOf,
} from './noisy-darts-layer';
import { channelsOf, kernelSides, onMaps } from './signals';
import type { MapShape } from './work';
import { type LayerShapes, pixels, type Work } from './work';

/** Options of {@link SeparableBlock}. */
export interface SeparableBlockOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  /** Side of the depthwise kernel in pixels, odd. */
  readonly kernelSize: number;
  /** Stride of the depthwise convolution. Default 1. */
  readonly stride?: number;
  /** Distance between taps of the depthwise kernel. Default 1. */
  readonly dilation?: number;
  /** Whether the batch norm has scale and offset. Default true. */
  readonly affine?: boolean;
}

/**
 * ReLU, depthwise convolution, pointwise convolution, batch norm: the unit that separable and dilated convolutions of
 * the DARTS space are made of.
 *
 * [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), filters].
 *
 * Source: DARTS, operations.py.
 */
export class SeparableBlock extends NoisyDartsLayer {
  static className = 'NoisyDartsSeparableBlock';
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly dilation: number;
  readonly norm: BatchNorm;
  #depthwise!: LayerWeight;
  #pointwise!: LayerWeight;

  constructor(options: SeparableBlockOptions) {
    const {
      filters,
      kernelSize,
      stride = 1,
      dilation = 1,
      affine = true,
      ...common
    } = requireOptions('NoisyDartsSeparableBlock', options);
    super(common, { filters, kernelSize, stride, dilation, affine });
    this.filters = filters;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.dilation = dilation;
    this.norm = new BatchNorm({ name: 'norm', affine });
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    const channels = channelsOf(shape);
    const [height, width] = kernelSides(this.kernelSize, shape);
    this.#depthwise = this.addFilter('depthwise_kernel', [height, width, channels, 1], height * width);
    this.#pointwise = this.addFilter('pointwise_kernel', [1, 1, channels, this.filters], channels);
    this.adopt(this.norm, strided(shape, this.stride, this.filters));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), this.stride, this.filters);
  }

  /** The block as a fused kernel needs it. */
  fusedBlock(): FusedBlock {
    const { stride, dilation } = this;
    const [depthwise, filter] = [this.#depthwise, this.#pointwise].map(variableOf) as [
      tf.Variable<tf.Rank.R4>,
      tf.Variable<tf.Rank.R4>,
    ];
    return { depthwise, filter, stride, dilation, norm: this.norm.fusedNorm() };
  }

  override fused(): FusedCandidate {
    return { kind: 'blocks', blocks: [this.fusedBlock()] };
  }

  override work({ input, output }: LayerShapes): Work {
    const [height, width] = kernelSides(this.kernelSize, input);
    return { convolution: channelsOf(input) * (height * width + this.filters) * pixels(output) };
  }

  /**
   * The official names of its weights.
   *
   * @param before - How many modules of a sequence come before the block.
   */
  override officialNames(before = 0): OfficialNames {
    return {
      [`op.${before + 1}.weight`]: this.#depthwise,
      [`op.${before + 2}.weight`]: this.#pointwise,
      [`op.${before + 3}.`]: this.norm,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const fused = fusedAlone(this, x, options);
      if (fused) return fused;
      const { stride, dilation } = this;
      const deep = depthwiseConv2d(tf.relu(x), this.#depthwise.read() as tf.Tensor4D, { stride, dilation });
      return this.norm.call(pointwiseConv2d(deep, this.#pointwise.read() as tf.Tensor4D), options);
    });
  }
}
