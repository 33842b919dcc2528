import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { symmetricEigen } from '../analysis';
import { checkOptions, type OptionKeys } from '../errors';
import { checkExamples, outputOf, requireLogits, restoring } from './support';

/** Options of {@link jacobianCovariance} and {@link naswot}. */
export interface ExampleScoreOptions {
  /** Examples [N, ...], at least two; 64 are usual. */
  readonly x: tf.Tensor;
}

/** @internal */
export const EXAMPLE_KEYS = { x: true } satisfies OptionKeys<ExampleScoreOptions>;

/** Keeps logarithms of eigenvalues that are 0 finite. */
const SMALL = 1e-5;

/**
 * Jacobian covariance: how differently a network, before training, answers to different examples,
 *
 * `- sum over i of (log(v_i + k) + 1 / (v_i + k))`, k = 1e-5,
 *
 * v the eigenvalues of the correlations between the rows of the Jacobian, the gradients of the sum of the outputs over each
 * example, in training mode. More is better; 0 correlation between all of them gives the most.
 *
 * The model is left as it was.
 *
 * @param model - Any tf.LayersModel of one input.
 * @throws TypeError for what is no model, or fewer than two examples of it; RangeError for a model that ends in a softmax.
 *
 * Source: Mellor et al. 2020, "Neural architecture search without training", version 1; Abdelfattah et al. 2021,
 * "Zero-cost proxies for lightweight NAS".
 */
export async function jacobianCovariance(model: LayersModel, options: ExampleScoreOptions): Promise<number> {
  const { x } = checkOptions('jacobianCovariance', options, EXAMPLE_KEYS, true);
  checkExamples('jacobianCovariance', model, x, 2);
  requireLogits('jacobianCovariance', model);
  const correlations = await restoring(model, () =>
    tf.tidy(() => {
      // Where no path leads from the examples to the outputs the gradient is 0, which tfjs does not see.
      const sum = (given: tf.Tensor) =>
        tf.add(tf.sum(outputOf(model, given, true)), tf.mul(tf.sum(given), 0));
      const jacobian = tf.grad(sum)(x);
      const rows = tf.reshape(jacobian, [x.shape[0]!, -1]);
      const centred = tf.sub(rows, tf.mean(rows, 1, true));
      const norms = tf.sqrt(tf.sum(tf.square(centred), 1, true));
      // A row of one number throughout correlates with nothing.
      const unit = tf.div(centred, tf.maximum(norms, 1e-30));
      return tf.matMul(unit, unit, false, true);
    }),
  );
  const matrix = await correlations.data().finally(() => correlations.dispose());
  const { values } = symmetricEigen(matrix, x.shape[0]!);
  return values.reduce((score, value) => {
    const v = Math.max(0, value) + SMALL;
    return score - Math.log(v) - 1 / v;
  }, 0);
}
