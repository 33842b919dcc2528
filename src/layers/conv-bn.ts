import type * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireOptions } from '../errors';
import { conv2d, depthwiseConv2d, type FusedBlock, pointwiseConv2d } from '../kernels';
import { type Activation, activate } from './activation';
import { BatchNorm } from './batch-norm';
import type { CallOptions } from './call-options';
import { after, type Footprint, footprint } from './footprint';
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
import { type LayerShapes, numbers, type Work } from './work';

/** Options of {@link ConvBN}. */
export interface ConvBNOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. Default: those of the input, the only choice if depthwise. */
  readonly filters?: number;
  /** Side of the kernel in pixels. Default 3. */
  readonly kernelSize?: number;
  /** Default 1. */
  readonly stride?: number;
  /** Zeros added on each side, in pixels. Default: half the kernel, which must be odd then. */
  readonly pad?: number;
  /** One filter a channel instead of a dense convolution. Default false. */
  readonly depthwise?: boolean;
  /** Whether the batch norm is there. Default true. */
  readonly normalize?: boolean;
  /** What comes last. Default `'linear'`: nothing. */
  readonly activation?: Activation;
}

/** Maps that follow the input up to the output of an activation: kept for its gradient, and then made of it. */
const ACTIVATION_MAPS = { linear: 1, relu: 2, swish: 3 };

/**
 * Convolution without bias, affine batch norm, activation:
 * [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), filters], or less without the default padding.
 */
export class ConvBN extends NoisyDartsLayer {
  static className = 'NoisyDartsConvBN';
  readonly filters: number | undefined;
  readonly kernelSize: number;
  readonly stride: number;
  readonly pad: number;
  readonly depthwise: boolean;
  readonly activation: Activation;
  readonly norm: BatchNorm | undefined;
  #kernel!: LayerWeight;

  constructor(options: ConvBNOptions = {}) {
    const {
      filters,
      kernelSize = 3,
      stride = 1,
      pad = (kernelSize - 1) / 2,
      depthwise = false,
      normalize = true,
      activation = 'linear',
      ...common
    } = requireOptions('NoisyDartsConvBN', options);
    super(common, {
      ...(filters === undefined ? {} : { filters }),
      kernelSize,
      stride,
      pad,
      depthwise,
      normalize,
      activation,
    });
    this.filters = filters;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.pad = pad;
    this.depthwise = depthwise;
    this.activation = activation;
    this.norm = normalize ? new BatchNorm({ name: 'norm' }) : undefined;
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    const channels = channelsOf(shape);
    const { depthwise, filters = channels } = this;
    const [height, width] = kernelSides(this.kernelSize, shape);
    if (depthwise && filters !== channels) {
      throw rangeError(
        'NoisyDartsConvBN',
        `a depthwise convolution of ${channels} channels gives as many`,
        filters,
        'leave out filters',
      );
    }
    this.#kernel = depthwise
      ? this.addFilter('depthwise_kernel', [height, width, channels, 1], height * width)
      : this.addFilter('kernel', [height, width, channels, filters], height * width * channels);
    if (this.norm) this.adopt(this.norm, this.computeOutputShape(inputShape));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    const shape = singleShape(inputShape);
    const side = (size: number | null) =>
      size === null ? null : Math.floor((size + 2 * this.pad - this.kernelSize) / this.stride) + 1;
    return [shape[0], ...shape.slice(1, -1).map(side), this.filters ?? channelsOf(shape)] as MapShape;
  }

  /** Its weights under the official names of a convolution and the norm behind it, which the official code keeps apart. */
  namesOf(convolution: string, norm: string): OfficialNames {
    return { [`${convolution}.weight`]: this.#kernel, [`${norm}.`]: this.norm };
  }

  /** Zeros added on each side [height, width], once built: none beside signals. */
  get padding(): readonly [number, number] {
    return [this.pad, this.filter().shape[1] < this.kernelSize ? 0 : this.pad];
  }

  /** The convolution's filter: [k, k, Cin, filters], or [k, k, C, 1] if depthwise; [k, 1, ...] for signals. */
  filter(): tf.Tensor4D {
    return this.#kernel.read() as tf.Tensor4D;
  }

  /** Its convolution and norm as a fused kernel needs them, behind what comes before; of stride 1 and side 1 unless depthwise. */
  fusedBlock(activation: FusedBlock['activation'], excitation?: FusedBlock['excitation']): FusedBlock {
    const { stride, depthwise, norm } = this;
    const kernel = { [depthwise ? 'depthwise' : 'filter']: variableOf(this.#kernel) };
    return { ...kernel, stride, activation, excitation, norm: norm!.fusedNorm() };
  }

  override work({ input, output }: LayerShapes): Work {
    const [height, width] = kernelSides(this.kernelSize, input);
    return { convolution: height * width * (this.depthwise ? 1 : channelsOf(input)) * numbers(output) };
  }

  override footprint(input: MapShape): Footprint {
    const maps = ACTIVATION_MAPS[this.activation] * numbers(after(this, input));
    return footprint({ kept: maps, back: maps + numbers(input) });
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const { stride, depthwise, norm } = this;
      const filter = this.filter();
      const pad = this.padding;
      const y =
        filter.shape[0] === 1 && pad[0] === 0 && !depthwise
          ? pointwiseConv2d(x, filter, { stride })
          : (depthwise ? depthwiseConv2d : conv2d)(x, filter, { stride, pad });
      return activate(norm ? norm.call(y, options) : y, this.activation);
    });
  }
}
