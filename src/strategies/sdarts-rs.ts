import * as tf from '@tensorflow/tfjs-core';
import { checkOptions } from '../errors';
import { RAMP_KEYS, type Ramp, ramp } from './ramp';
import { shaken } from './simplex';
import { defineStrategy, type StrategySettings } from './strategy';

/** Settings of {@link sdartsRs}. */
export interface SdartsRsSettings extends StrategySettings {
  readonly kind: 'sdarts-rs';
  /** Largest perturbation over epochs. */
  readonly epsilon: Ramp;
}

/**
 * SDARTS-RS: the weights of the network learn to live with mixtures that are a little off. In their steps, and only there,
 *
 * `w = clip(softmax(alpha) + d, 0, 1)`, made to sum to 1 edge by edge, d uniform on (-epsilon, epsilon).
 *
 * Where nothing is left above 0 the largest takes all. Alpha moves by the plain softmax.
 *
 * @param options - Epsilon at the first and the last epoch and how many there are. Default 0.03 to 0.3 over 50.
 *
 * Source: Chen and Hsieh 2020, "Stabilizing differentiable architecture search via perturbation-based regularization",
 * section 3.2.
 */
export function sdartsRs(options: Partial<Ramp> = {}): SdartsRsSettings {
  const { from = 0.03, to = 0.3, epochs = 50 } = checkOptions('sdartsRs', options, RAMP_KEYS);
  return { kind: 'sdarts-rs', epsilon: { from, to, epochs } };
}

defineStrategy<SdartsRsSettings>({
  kind: 'sdarts-rs',
  check: ({ epsilon }) => checkOptions('sdartsRs', epsilon, RAMP_KEYS, true),
  weights: (alpha, { settings, weightStep, moment, uniform }) =>
    tf.tidy(() => {
      const weights = tf.softmax(alpha);
      if (!weightStep) return weights;
      return shaken(weights, uniform(alpha.shape), ramp(settings.epsilon, moment.epoch));
    }),
});
