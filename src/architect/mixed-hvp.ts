import * as tf from '@tensorflow/tfjs-core';
import { globalNorm, lossGradients } from '../optimizers';
import { requireModel } from './require-model';
import { disposeAll, tidy } from './tidy';
import type { BilevelModel, LossOptions } from './types';
import { withValues } from './with-values';

/** Keeps r / ||v|| finite for v = 0, where the product is 0 whatever the radius. */
const TINY = 1e-12;

/**
 * The mixed second derivative of the loss times a vector of weight space, d2L / (dalpha dw) v, by a central difference of
 * alpha-gradients: (dL/dalpha(w + R v) - dL/dalpha(w - R v)) / (2 R) with R = r / ||v||.
 *
 * The weights come back to the bit. No gradient over weights is computed.
 *
 * Source: DARTS, 1806.09055, equation 8. @param vector - One tensor a weight variable; `null` counts as 0.
 * @returns One tensor an architecture variable, `null` for one that takes no part in the loss.
 */
export function mixedHessianVectorProduct<B>(
  model: BilevelModel<B>,
  batch: B,
  vector: readonly (tf.Tensor | null)[],
  r: number,
  options: LossOptions,
): (tf.Tensor | null)[] {
  requireModel('mixedHessianVectorProduct', model);
  return tidy(() => {
    const weights = model.weightVariables();
    const radius = tf.div(r, tf.maximum(globalNorm(vector), TINY));
    const gradientAt = (offset: tf.Tensor) => {
      const moved = weights.map((w, i) => {
        const v = vector[i];
        return v ? tf.tidy(() => tf.add(w, tf.mul(v, offset))) : null;
      });
      const { grads } = withValues(weights, moved, () =>
        lossGradients(() => model.loss(batch, options), model.archVariables()),
      );
      disposeAll(moved);
      return grads;
    };
    const plus = gradientAt(radius);
    const minus = gradientAt(tf.neg(radius));
    const width = tf.mul(radius, 2);
    return plus.map((grad, i) => (grad ? tf.div(tf.sub(grad, minus[i]!), width) : null));
  });
}
