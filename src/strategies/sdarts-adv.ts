import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys } from '../errors';
import { RAMP_KEYS, type Ramp, ramp } from './ramp';
import { shaken, toMixture } from './simplex';
import { defineStrategy, type StrategySettings } from './strategy';

/** Settings of {@link sdartsAdv}. */
export interface SdartsAdvSettings extends StrategySettings {
  readonly kind: 'sdarts-adv';
  /** Largest perturbation over epochs. */
  readonly epsilon: Ramp;
  /** Steps of ascent. */
  readonly steps: number;
}

/** Options of {@link sdartsAdv}. */
export interface SdartsAdvOptions extends Partial<Ramp> {
  /** Steps of ascent, each a pass forward and back. Default 7. */
  readonly steps?: number;
}

/**
 * SDARTS-ADV: the weights of the network learn to live with the worst mixtures nearby. Before each of their steps, and only
 * there, the loss of the step, L, of the same images and the same noise, is climbed from a random start,
 *
 * `w_0 = P(softmax(alpha) + d)`, d uniform on (-epsilon, epsilon),
 *
 * `w_{i+1} = P(softmax(alpha) + clip(w_i + 2 epsilon / steps * sign(dL/dw_i) - softmax(alpha), -epsilon, epsilon))`,
 *
 * where P clips to (0, 1) and makes the mixtures sum to 1 edge by edge. Alpha moves by the plain softmax. A step of the weights
 * takes `steps` passes more than one of DARTS, forward and back to the mixtures.
 *
 * L is that of the batch's own statistics, and leaves no trace in the running ones, which the official code goes by here. On
 * several threads each climbs the loss of its part of the batch, as its norms go by the statistics of that part.
 *
 * @param options - Epsilon at the first and the last epoch and how many there are. Default 0.03 to 0.3 over 50.
 * @throws RangeError for an option out of range.
 *
 * Source: Chen and Hsieh 2020, "Stabilizing differentiable architecture search via perturbation-based regularization",
 * section 3.2; its code, `attacker/perturb.py`.
 */
export function sdartsAdv(options: SdartsAdvOptions = {}): SdartsAdvSettings {
  const keys = { ...RAMP_KEYS, steps: 'count' } as const satisfies OptionKeys<SdartsAdvOptions>;
  const { from = 0.03, to = 0.3, epochs = 50, steps = 7 } = checkOptions('sdartsAdv', options, keys);
  return { kind: 'sdarts-adv', epsilon: { from, to, epochs }, steps };
}

defineStrategy<SdartsAdvSettings>({
  kind: 'sdarts-adv',
  check({ epsilon, steps }) {
    checkOptions('sdartsAdv', epsilon, RAMP_KEYS, true);
    checkOptions('sdartsAdv', { steps }, { steps: 'count' }, true);
  },
  weights: (alpha) => tf.softmax(alpha),
  perturb(mixtures, passes, gradients) {
    const { settings, moment } = passes[0]!;
    const { epsilon, steps } = settings;
    const most = ramp(epsilon, moment.epoch);
    let at = mixtures.map((mixture, i) => shaken(mixture, passes[i]!.uniform(mixture.shape), most));
    for (let step = 0; step < steps; step++) {
      const slopes = gradients(at);
      at = at.map((mixture, i) => {
        const climbed = tf.add(mixture, tf.mul(tf.sign(slopes[i]!), (2 * most) / steps));
        const moved = tf.clipByValue(tf.sub(climbed, mixtures[i]!), -most, most);
        return toMixture(tf.add(mixtures[i]!, moved));
      });
    }
    return at;
  },
});
