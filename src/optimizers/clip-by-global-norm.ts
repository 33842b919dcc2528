import * as tf from '@tensorflow/tfjs-core';
import { requireKind, requireTensors } from '../errors';
import { defineKernel, type KernelType, type NoAttributes } from '../kernels';
import type { Gradients } from './types';

export type GlobalNorm = KernelType<'NoisyDartsGlobalNorm', readonly tf.Tensor[], NoAttributes, tf.Scalar>;

// About sqrt(n) blocks of about sqrt(n) squares keep float32's rounding error about sqrt(n) times smaller than one long
// sum's on backends that add one by one.
const norm = defineKernel<GlobalNorm>({
  name: 'NoisyDartsGlobalNorm',
  body: (grads) => {
    const flat = grads.map((grad) => tf.reshape(grad, [-1]) as tf.Tensor1D);
    const size = flat.reduce((sum, part) => sum + part.size, 0);
    const block = Math.ceil(Math.sqrt(size));
    const padding = Math.ceil(size / block) * block - size;
    if (padding > 0) flat.push(tf.zeros([padding]));
    const all = flat.length === 1 ? flat[0]! : tf.concat1d(flat);
    return tf.sqrt(tf.sum<tf.Scalar>(tf.sum(tf.square(tf.reshape(all, [-1, block])), 1)));
  },
});

/** The Euclidean norm of all gradients taken as one vector, sqrt(sum of squares), as a scalar; `null` entries count as 0. */
export function globalNorm(grads: Gradients): tf.Scalar {
  requireTensors('globalNorm', 'the gradients', grads, true);
  const present = grads.filter((grad) => grad !== null && grad.size > 0) as tf.Tensor[];
  return present.length === 0 ? tf.scalar(0) : norm(present, {});
}

/** What {@link clipByGlobalNorm} returns; the caller disposes all of it. */
export interface ClippedGradients {
  readonly grads: (tf.Tensor | null)[];
  /** The norm before clipping. */
  readonly norm: tf.Scalar;
}

/**
 * Scales all gradients together so that their global norm is at most `maxNorm`: g' = g min(1, maxNorm / (norm + 1e-6)),
 * the rule of PyTorch's `clip_grad_norm_`.
 *
 * Nothing is read back from the device. The given gradients are neither changed nor disposed; `null` stays `null`. A
 * NaN in any gradient makes the norm and every clipped gradient NaN; an infinity becomes NaN and every finite number 0.
 *
 * @throws RangeError when `maxNorm` is not above 0.
 */
export function clipByGlobalNorm(grads: Gradients, maxNorm: number): ClippedGradients {
  const { scale, norm: length } = clipScale(grads, maxNorm);
  const scaled = grads.map((grad) => (grad ? tf.mul(grad, scale) : null));
  scale.dispose();
  return { grads: scaled, norm: length };
}

/** What {@link clipByGlobalNorm} multiplies every gradient by, and their norm; the caller disposes both. */
export function clipScale(
  grads: Gradients,
  maxNorm: number,
): { readonly scale: tf.Scalar; readonly norm: tf.Scalar } {
  requireKind('clipByGlobalNorm', 'maxNorm', maxNorm, 'limit');
  const length = globalNorm(grads);
  const scale = tf.tidy(() => tf.minimum(tf.div(maxNorm, tf.add(length, 1e-6)), 1)) as tf.Scalar;
  return { scale, norm: length };
}
