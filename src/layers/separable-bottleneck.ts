import type * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import type { FusedCandidate } from '../kernels';
import { strided } from '../kernels/geometry';
import type { CallOptions } from './call-options';
import { ConvBN } from './conv-bn';
import { fusedAlone } from './fused-pass';
import {
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
} from './noisy-darts-layer';
import { onMaps } from './signals';
import type { MapShape } from './work';

/** Options of {@link SeparableBottleneck}. */
export interface SeparableBottleneckOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  /** Side of the depthwise kernel in pixels, odd. Default 3. */
  readonly kernelSize?: number;
  /** Default 1. */
  readonly stride?: number;
}

/**
 * The first block of a mobile network: depthwise convolution, batch norm, ReLU, 1x1 convolution, batch norm.
 *
 * [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), filters]. Nothing is added around it.
 */
export class SeparableBottleneck extends NoisyDartsLayer {
  static className = 'NoisyDartsSeparableBottleneck';
  readonly filters: number;
  readonly stride: number;
  readonly depthwise: ConvBN;
  readonly project: ConvBN;

  constructor(options: SeparableBottleneckOptions) {
    const {
      filters,
      kernelSize = 3,
      stride = 1,
      ...common
    } = requireOptions('NoisyDartsSeparableBottleneck', options);
    super(common, { filters, kernelSize, stride });
    this.filters = filters;
    this.stride = stride;
    this.depthwise = new ConvBN({
      ...this.seeded('depthwise'),
      kernelSize,
      stride,
      depthwise: true,
      activation: 'relu',
    });
    this.project = new ConvBN({ ...this.seeded('project'), filters, kernelSize: 1 });
  }

  override build(inputShape: unknown): void {
    this.adopt(this.project, this.adopt(this.depthwise, singleShape(inputShape)));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), this.stride, this.filters);
  }

  override fused(): FusedCandidate {
    const { depthwise, project } = this;
    return {
      kind: 'blocks',
      blocks: [depthwise.fusedBlock('linear'), project.fusedBlock(depthwise.activation)],
    };
  }

  override officialNames(): OfficialNames {
    return { ...this.depthwise.namesOf('conv_dw', 'bn1'), ...this.project.namesOf('conv_pw', 'bn2') };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(
      this,
      inputs,
      (x) => fusedAlone(this, x, options) ?? this.project.call(this.depthwise.call(x, options), options),
    );
  }
}
