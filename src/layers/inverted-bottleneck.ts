import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import type { FusedCandidate } from '../kernels';
import { strided } from '../kernels/geometry';
import type { CallOptions } from './call-options';
import { ConvBN } from './conv-bn';
import { DropPath } from './drop-path';
import { fusedAlone } from './fused-pass';
import {
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
} from './noisy-darts-layer';
import { channelsOf, onMaps } from './signals';
import { SqueezeExcite } from './squeeze-excite';
import type { MapShape } from './work';

/** Options of {@link InvertedBottleneck}. */
export interface InvertedBottleneckOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  /** Side of the depthwise kernel in pixels, odd. Default 3. */
  readonly kernelSize?: number;
  /** Default 1. */
  readonly stride?: number;
  /** Width inside as a multiple of the input's channels. Default 6. */
  readonly expansion?: number;
  /** Width of squeeze-and-excitation as a share of the input's channels; 0 for none. Default 0. */
  readonly squeezeRatio?: number;
  /** Default `'relu'`. */
  readonly activation?: 'relu' | 'swish';
  /** Rate of the drop path on the block where it has a way around; see `setDropPath`. Default 0. */
  readonly dropPath?: number;
}

/**
 * Inverted bottleneck: 1x1 convolution to `expansion` times the channels, depthwise convolution, optional
 * squeeze-and-excitation, 1x1 convolution to `filters` without activation; the input is added where stride and channels
 * allow.
 *
 * [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), filters].
 *
 * Source: Sandler et al., "MobileNetV2" (2018).
 */
export class InvertedBottleneck extends NoisyDartsLayer {
  static className = 'NoisyDartsInvertedBottleneck';
  readonly filters: number;
  readonly stride: number;
  readonly expansion: number;
  readonly squeezeRatio: number;
  readonly activation: 'relu' | 'swish';
  readonly #kernelSize: number;
  readonly #dropPath: DropPath;
  /** Whether the input is added to the output, once built. */
  residual = false;
  /** The convolutions, and the squeeze-and-excitation if there is one, in order, once built. */
  stages: readonly (ConvBN | SqueezeExcite)[] = [];
  #excite: SqueezeExcite | undefined;

  constructor(options: InvertedBottleneckOptions) {
    const {
      filters,
      kernelSize = 3,
      stride = 1,
      expansion = 6,
      squeezeRatio = 0,
      activation = 'relu',
      dropPath = 0,
      ...common
    } = requireOptions('NoisyDartsInvertedBottleneck', options);
    super(common, { filters, kernelSize, stride, expansion, squeezeRatio, activation, dropPath });
    this.filters = filters;
    this.stride = stride;
    this.expansion = expansion;
    this.squeezeRatio = squeezeRatio;
    this.activation = activation;
    this.#kernelSize = kernelSize;
    this.#dropPath = new DropPath({ ...this.seeded('drop_path'), rate: dropPath });
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    const channels = channelsOf(shape);
    const { filters, stride, squeezeRatio, activation } = this;
    const wide = channels * this.expansion;
    const reduced = Math.max(1, Math.floor(channels * squeezeRatio));
    if (squeezeRatio > 0)
      this.#excite = new SqueezeExcite({ ...this.seeded('squeeze_excite'), reduced, activation });
    this.stages = [
      new ConvBN({ ...this.seeded('expand'), filters: wide, kernelSize: 1, activation }),
      new ConvBN({
        ...this.seeded('depthwise'),
        kernelSize: this.#kernelSize,
        stride,
        depthwise: true,
        activation,
      }),
      ...(this.#excite ? [this.#excite] : []),
      new ConvBN({ ...this.seeded('project'), filters, kernelSize: 1 }),
    ];
    const output = this.stages.reduce((at, stage) => this.adopt(stage, at), shape);
    this.residual = stride === 1 && channels === filters;
    if (this.residual) this.adopt(this.#dropPath, output);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), this.stride, this.filters);
  }

  override fused(): FusedCandidate | undefined {
    // The drop path lies between the blocks and the sum.
    return this.residual && this.#dropPath.rate ? undefined : this.#blocks(this.residual);
  }

  #blocks(residual: boolean): FusedCandidate {
    const { activation } = this;
    const blocks = this.#convolutions.map((stage, i) =>
      stage.fusedBlock(i > 0 ? activation : 'linear', i > 1 ? this.#excite?.fusedExcitation() : undefined),
    );
    return { kind: 'blocks', blocks, residual };
  }

  get #convolutions(): ConvBN[] {
    return this.stages.filter((stage) => stage instanceof ConvBN);
  }

  override officialNames(): OfficialNames {
    const names = this.#convolutions.map((stage, i) =>
      stage.namesOf(['conv_pw', 'conv_dw', 'conv_pwl'][i]!, `bn${i + 1}`),
    );
    return {
      ...Object.assign({}, ...names),
      'se.': this.#excite,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const y =
        fusedAlone({ fused: () => this.#blocks(false) }, x, options) ??
        this.stages.reduce((map, stage) => stage.call(map, options), x);
      return this.residual ? tf.add(x, this.#dropPath.call(y, options)) : y;
    });
  }
}
