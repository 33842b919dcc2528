import * as tf from '@tensorflow/tfjs-core';
import type { NoiseSettings, Sampler } from '../../../src/layers';
import { loadFixture, type TensorFixture, toTensor } from './fixtures';

/** Noise as the official code is told of it. */
export interface NoiseFixture {
  readonly noise_type: 'gaussian' | 'uniform';
  readonly mixture: 'additive' | 'multiplicative';
  readonly mean: number;
  readonly factor: number;
  readonly decay?: boolean;
}

/**
 * The official code's noise in this library's words: uniform noise takes the factor for a variance, only additive
 * Gaussian noise follows the scale of the map, and the decay shrinks a multiplied branch.
 *
 * @param epochs - Length of the official decay.
 */
export function referenceNoise(
  { noise_type, mixture, mean, factor, decay = false }: NoiseFixture,
  epochs: number,
): NoiseSettings {
  const uniform = noise_type === 'uniform';
  return {
    distribution: noise_type,
    mixture,
    mean,
    std: uniform ? Math.sqrt(factor) : factor,
    relative: !uniform && mixture === 'additive',
    schedule: decay ? { kind: 'cosine', epochs } : { kind: 'constant' },
    multiplicativeDecay: 'shrink',
  };
}

/** The length of the official decay, which the fixture of the noise tells. */
export const decayEpochs = (): number => loadFixture<{ decay_T_max: number }>('noise').decay_T_max;

/** A unit draw as this library means it: the official one turns u in [0, 1) into `mean + half (1 - 2 u)`. */
export function unitDraw(kind: 'gaussian' | 'uniform', recorded: TensorFixture): tf.Tensor {
  return tf.tidy(() => {
    const draw = toTensor(recorded);
    return kind === 'gaussian' ? draw : tf.sub(1, tf.mul(2, draw));
  });
}

/** Recorded draws in place of random ones. */
export function recordedSampler(draws: {
  readonly gaussian?: TensorFixture;
  readonly uniform?: TensorFixture;
  readonly keep?: readonly number[];
}): Sampler {
  return (shape, kind) => {
    const draw =
      kind === 'keep'
        ? draws.keep && tf.tensor1d([...draws.keep])
        : draws[kind] && unitDraw(kind, draws[kind]);
    if (!draw || !tf.util.arraysEqual(draw.shape, shape)) {
      throw new Error(
        `recordedSampler: a ${kind} draw of shape [${shape}] was asked for, got [${draw?.shape}]`,
      );
    }
    return draw;
  };
}
