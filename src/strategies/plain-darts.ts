import { softmax } from '@tensorflow/tfjs-core';
import { defineStrategy, type StrategySettings } from './strategy';

/** Settings of {@link plainDarts}. */
export interface PlainDartsSettings extends StrategySettings {
  readonly kind: 'darts';
}

/**
 * DARTS as it is, and NoisyDARTS with noise: `w = softmax(alpha)`, edge by edge. The default.
 *
 * Source: Liu et al. 2019, "DARTS", equation 2.
 */
export function plainDarts(): PlainDartsSettings {
  return { kind: 'darts' };
}

defineStrategy<PlainDartsSettings>({ kind: 'darts', weights: (alpha) => softmax(alpha) });
