import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, requireKinds } from '../errors';
import { defineStrategy, type StrategySettings } from './strategy';

/** Settings of {@link fairDarts}. */
export interface FairDartsSettings extends StrategySettings {
  readonly kind: 'fair-darts';
  /** Weight of the zero-one loss. */
  readonly zeroOne: number;
}

const KEYS = { zeroOne: 'amount' } as const;

/**
 * FairDARTS: candidates do not compete, `w = sigmoid(alpha)`, and a loss pushes every weight towards 0 or 1,
 * `L_01 = -zeroOne * mean((sigmoid(alpha) - 0.5)^2)`, the mean over all candidates of all edges.
 *
 * @param options - `zeroOne`, the weight of the zero-one loss, at least 0. Default 10, as in the official code.
 *
 * Source: Chu et al. 2020, "Fair DARTS", sections 3.2 and 3.3.
 */
export function fairDarts(options: { readonly zeroOne?: number } = {}): FairDartsSettings {
  const { zeroOne = 10 } = checkOptions('fairDarts', options, KEYS);
  return { kind: 'fair-darts', zeroOne };
}

defineStrategy<FairDartsSettings>({
  kind: 'fair-darts',
  check: (settings) => requireKinds('fairDarts', settings, KEYS, true),
  weights: (alpha) => tf.sigmoid(alpha),
  strengths: (alpha) => tf.sigmoid(alpha),
  penalty: (alphas, { zeroOne }) =>
    tf.tidy(() => {
      const weights = tf.sigmoid(tf.concat1d(alphas.map((alpha) => tf.reshape(alpha, [-1]) as tf.Tensor1D)));
      return tf.mul(tf.mean(tf.square(tf.sub(weights, 0.5))), -zeroOne) as tf.Scalar;
    }),
});
