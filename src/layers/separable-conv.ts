import type * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import type { FusedCandidate } from '../kernels';
import { strided } from '../kernels/geometry';
import type { CallOptions } from './call-options';
import { fusedAlone } from './fused-pass';
import {
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
} from './noisy-darts-layer';
import { SeparableBlock } from './separable-block';
import { channelsOf, onMaps } from './signals';
import type { MapShape } from './work';

/** Options of {@link SeparableConv}. */
export interface SeparableConvOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. */
  readonly filters: number;
  /** Side of both depthwise kernels in pixels, odd. */
  readonly kernelSize: number;
  /** Stride of the first block. Default 1. */
  readonly stride?: number;
  /** Whether the batch norms have scale and offset. Default true. */
  readonly affine?: boolean;
}

/**
 * A separable convolution of the DARTS space: two {@link SeparableBlock}s, the first of which strides and keeps the
 * channels.
 *
 * [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), filters].
 *
 * Source: DARTS, operations.py.
 */
export class SeparableConv extends NoisyDartsLayer {
  static className = 'NoisyDartsSeparableConv';
  readonly #settings: Required<Pick<SeparableConvOptions, 'filters' | 'kernelSize' | 'stride' | 'affine'>>;
  #blocks: readonly [SeparableBlock, SeparableBlock] | undefined;

  constructor(options: SeparableConvOptions) {
    const {
      filters,
      kernelSize,
      stride = 1,
      affine = true,
      ...common
    } = requireOptions('NoisyDartsSeparableConv', options);
    super(common, { filters, kernelSize, stride, affine });
    this.#settings = { filters, kernelSize, stride, affine };
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    const { filters, kernelSize, stride, affine } = this.#settings;
    const first = new SeparableBlock({
      ...this.seeded('block_1'),
      filters: channelsOf(shape),
      kernelSize,
      stride,
      affine,
    });
    const second = new SeparableBlock({
      ...this.seeded('block_2'),
      filters,
      kernelSize,
      affine,
    });
    this.#blocks = [first, second];
    this.adopt(second, this.adopt(first, shape));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    const { filters, stride } = this.#settings;
    return strided(singleShape(inputShape), stride, filters);
  }

  override fused(): FusedCandidate {
    return { kind: 'blocks', blocks: this.#blocks!.map((block) => block.fusedBlock()) };
  }

  override officialNames(): OfficialNames {
    return Object.assign({}, ...this.#blocks!.map((block, i) => block.officialNames(4 * i)));
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    const [first, second] = this.#blocks!;
    return onMaps(
      this,
      inputs,
      (x) => fusedAlone(this, x, options) ?? second.call(first.call(x, options), options),
    );
  }
}
