import type * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { avgPool, type FusedCandidate, maxPool } from '../kernels';
import { strided } from '../kernels/geometry';
import { BatchNorm } from './batch-norm';
import type { CallOptions } from './call-options';
import { after, type Footprint, footprint } from './footprint';
import { NoisyDartsLayer, type NoisyDartsLayerOptions, singleShape } from './noisy-darts-layer';
import { kernelSides, onMaps } from './signals';
import type { MapShape } from './work';
import { type LayerShapes, numbers, type Work } from './work';

/** Options of {@link Pool}. */
export interface PoolLayerOptions extends NoisyDartsLayerOptions {
  /** `'max'`, or `'avg'` with the padding left out of the count. */
  readonly kind: 'max' | 'avg';
  /** Side of the window in pixels, odd. Default 3. */
  readonly size?: number;
  /** Step of the window. Default 1. */
  readonly stride?: number;
  /** Whether a batch norm without scale and offset follows, as in the supernet. Default false. */
  readonly normalize?: boolean;
}

/**
 * Pooling with symmetric padding, [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), C], or signals [N, T, C] to
 * [N, ceil(T/stride), C].
 *
 * In a supernet every candidate must have the same scale, so the official code puts a batch norm behind the pools;
 * in the derived network it does not.
 */
export class Pool extends NoisyDartsLayer {
  static className = 'NoisyDartsPool';
  readonly kind: 'max' | 'avg';
  readonly size: number;
  readonly stride: number;
  readonly norm: BatchNorm | undefined;

  constructor(options: PoolLayerOptions) {
    const {
      kind,
      size = 3,
      stride = 1,
      normalize = false,
      ...common
    } = requireOptions('NoisyDartsPool', options);
    super(common, { kind, size, stride, normalize });
    this.kind = kind;
    this.size = size;
    this.stride = stride;
    this.norm = normalize ? new BatchNorm({ name: 'norm', affine: false }) : undefined;
  }

  override build(inputShape: unknown): void {
    if (this.norm) this.adopt(this.norm, strided(singleShape(inputShape), this.stride));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), this.stride);
  }

  override fused(): FusedCandidate | undefined {
    const { kind: pool, size, stride } = this;
    return size === 3 ? { kind: 'pool', pool, stride, norm: this.norm?.fusedNorm() } : undefined;
  }

  override work({ input, output }: LayerShapes): Work {
    const [height, width] = kernelSides(this.size, input);
    return this.kind === 'avg'
      ? { averagePool: { window: this.size, pixels: height * width, outputs: numbers(output) } }
      : {};
  }

  override footprint(input: MapShape): Footprint {
    const norm = this.norm ? numbers(after(this, input)) : 0;
    return footprint({ kept: norm, back: norm + numbers(input) });
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const { size, stride } = this;
      // On the one column of a signal the rest of the window lies beyond the map, where it reads nothing.
      const y = (this.kind === 'max' ? maxPool : avgPool)(x, { size, stride });
      return this.norm ? this.norm.call(y, options) : y;
    });
  }
}
