import type * as tf from '@tensorflow/tfjs-core';
import { scores } from '../kernels/batch-scores';

/** What {@link batchScores} returns. */
export interface BatchScores {
  readonly losses: readonly number[];
  /** Share of right answers, percent: top-1 of `topKAccuracy`. */
  readonly accuracy: number;
}

/**
 * The losses and the accuracy of a batch in one read of a few numbers from the device.
 *
 * @param losses - One or two scalars.
 * @param logits - [N, classes].
 * @param labels - Class indices [N].
 * @throws RangeError if a label is no class.
 */
export async function batchScores(
  losses: readonly [tf.Scalar, tf.Scalar?],
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): Promise<BatchScores> {
  const [first, second] = losses;
  const inputs = { logits, labels, first, ...(second ? { second } : {}) };
  const numbers = scores(inputs, {});
  const values = Array.from(await numbers.data().finally(() => numbers.dispose()));
  const [right, strange] = values.splice(-2) as [number, number];
  // Says which label it is.
  if (strange > 0) await (await import('./accuracy')).topKAccuracy(logits, labels);
  return { losses: values, accuracy: (100 * right) / logits.shape[0] };
}
