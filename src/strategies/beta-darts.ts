import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, requireKinds } from '../errors';
import { defineStrategy, type StrategySettings } from './strategy';

/** Settings of {@link betaDarts}. */
export interface BetaDartsSettings extends StrategySettings {
  readonly kind: 'beta-darts';
  /** What the weight of the penalty grows by in an epoch. */
  readonly growth: number;
}

/** Options of {@link betaDarts}. */
export interface BetaDartsOptions {
  /** What the weight of the penalty grows by in an epoch, at least 0. Default 0.5. */
  readonly growth?: number;
}

const KEYS = { growth: 'amount' } satisfies OptionKeys<BetaDartsOptions>;

/**
 * beta-DARTS: `w = softmax(alpha)` as in DARTS, and a penalty that keeps the softmax from what alpha's decay cannot reach. The
 * loss that moves alpha gets, in epoch e from 0,
 *
 * `growth * e * mean over edges of log sum_k exp(alpha_k)`,
 *
 * the mean over the edges of all cells, whatever their number of candidates. Its gradient is the softmax itself, so that
 * strong candidates are held back most.
 *
 * @throws RangeError for a growth below 0.
 *
 * Source: Ye et al. 2022, "beta-DARTS"; its code, `optimizers/darts/architect.py`.
 */
export function betaDarts(options: BetaDartsOptions = {}): BetaDartsSettings {
  const { growth = 0.5 } = checkOptions('betaDarts', options, KEYS);
  return { kind: 'beta-darts', growth };
}

defineStrategy<BetaDartsSettings>({
  kind: 'beta-darts',
  check: (settings) => requireKinds('betaDarts', settings, KEYS, true),
  weights: (alpha) => tf.softmax(alpha),
  penalty: (alphas, { growth }, epoch) =>
    tf.tidy(() => {
      const edges = tf.concat1d(alphas.map((alpha) => tf.logSumExp(alpha, 1) as tf.Tensor1D));
      return tf.mul(tf.mean(edges), growth * epoch) as tf.Scalar;
    }),
});
