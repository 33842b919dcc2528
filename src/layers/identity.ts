import type * as tf from '@tensorflow/tfjs-core';
import { clone } from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import type { FusedCandidate } from '../kernels';
import { NoisyDartsLayer, type NoisyDartsLayerOptions } from './noisy-darts-layer';
import { singleInput } from './signals';

/** Hands its input, of any rank, through: a skip connection at stride 1. */
export class Identity extends NoisyDartsLayer {
  static className = 'NoisyDartsIdentity';

  constructor(options: NoisyDartsLayerOptions = {}) {
    super(requireOptions('NoisyDartsIdentity', options), {});
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return inputShape as (number | null)[];
  }

  override fused(): FusedCandidate {
    return { kind: 'identity' };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor4D {
    return clone(singleInput(this, inputs)) as tf.Tensor4D;
  }
}

/** A layer that hands its input through, to wrap in noise or to mix with other layers. */
export function identity(options: NoisyDartsLayerOptions = {}): Identity {
  return new Identity(options);
}
