import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import type { FusedCandidate } from '../kernels';
import { strided } from '../kernels/geometry';
import { NoisyDartsLayer, type NoisyDartsLayerOptions } from './noisy-darts-layer';
import { singleInput } from './signals';
import type { MapShape } from './work';

/** Options of {@link Zero}. */
export interface ZeroOptions extends NoisyDartsLayerOptions {
  /** Stride the maps shrink by. Default 1. */
  readonly stride?: number;
}

/** No connection: zeros of shape [N, ceil(H/stride), ceil(W/stride), C], for an input of any rank, and no gradient flows back. */
export class Zero extends NoisyDartsLayer {
  static className = 'NoisyDartsZero';
  readonly stride: number;

  constructor(options: ZeroOptions = {}) {
    const { stride = 1, ...common } = requireOptions('NoisyDartsZero', options);
    super(common, { stride });
    this.stride = stride;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(inputShape as MapShape, this.stride);
  }

  override fused(): FusedCandidate {
    return { kind: 'zero' };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor4D {
    return tf.zeros(strided(singleInput(this, inputs).shape as tf.Tensor4D['shape'], this.stride));
  }
}
