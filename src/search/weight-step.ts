import * as tf from '@tensorflow/tfjs-core';
import { passes } from '../architect';
import { crossEntropy } from '../kernels';
import { clipByGlobalNorm, lossGradients, type Optimizer } from '../optimizers';
import type { LabelledBatch, Supernet } from '../supernet';

/** What {@link weightStep} returns; the caller disposes both. */
export interface WeightStepResult {
  /** Cross-entropy before the step. */
  readonly loss: tf.Scalar;
  /** Logits before the step. */
  readonly logits: tf.Tensor2D;
}

/**
 * One step of the weights on a training batch: gradient of the cross-entropy, clipped to a global norm, then the
 * optimizer. Alpha does not move.
 *
 * @param clip - Largest norm; Infinity for no clipping.
 */
export function weightStep(
  supernet: Supernet,
  optimizer: Optimizer,
  { x, y }: LabelledBatch,
  { epoch, step, clip }: { readonly epoch: number; readonly step: number; readonly clip: number },
): WeightStepResult {
  const variables = supernet.weightVariables();
  let logits: tf.Tensor2D | undefined;
  const { loss, grads } = lossGradients(() => {
    logits = tf.keep(supernet.forward(x, { training: true, moment: { epoch, step, pass: passes.weights } }));
    return crossEntropy(logits, y);
  }, variables);
  if (Number.isFinite(clip)) {
    const clipped = clipByGlobalNorm(grads, clip);
    tf.dispose(grads.filter((grad) => grad !== null));
    optimizer.step(variables, clipped.grads);
    tf.dispose([clipped.norm, ...clipped.grads.filter((grad) => grad !== null)]);
  } else {
    optimizer.step(variables, grads);
    tf.dispose(grads.filter((grad) => grad !== null));
  }
  return { loss, logits: logits! };
}
