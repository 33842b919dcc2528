import type * as tf from '@tensorflow/tfjs-core';
import { tidy } from '@tensorflow/tfjs-core';
import { requireObject } from '../errors';
import { clipByGlobalNorm, clipScale } from './clip-by-global-norm';
import type { Gradients, Optimizer, ScaledStep } from './types';

const takesScale = (optimizer: Optimizer): optimizer is Optimizer & ScaledStep => 'scaledStep' in optimizer;

/**
 * A step of an optimizer along gradients clipped to a global norm, see {@link clipByGlobalNorm}; Infinity for no clipping.
 * An optimizer with a {@link ScaledStep} scales them itself, as it reads them.
 */
export function clippedStep(
  optimizer: Optimizer,
  variables: readonly tf.Variable[],
  grads: Gradients,
  maxNorm: number,
): void {
  requireObject('clippedStep', 'the optimizer', optimizer, 'pass for example adam()', 'step');
  if (maxNorm === Number.POSITIVE_INFINITY) {
    optimizer.step(variables, grads);
  } else if (takesScale(optimizer)) {
    tidy(() => optimizer.scaledStep(variables, grads, clipScale(grads, maxNorm).scale));
  } else {
    tidy(() => optimizer.step(variables, clipByGlobalNorm(grads, maxNorm).grads));
  }
}
