import * as tf from '@tensorflow/tfjs-core';
import { checkOptions } from '../errors';
import { RAMP_KEYS, type Ramp, ramp } from './ramp';
import { defineStrategy, type StrategySettings } from './strategy';

/** Settings of {@link gdas}. */
export interface GdasSettings extends StrategySettings {
  readonly kind: 'gdas';
  /** Temperature of the softmax over epochs. */
  readonly temperature: Ramp;
}

/** Keeps logarithms of draws finite. */
const EDGE = 2 ** -24;

/**
 * GDAS: in every training pass each edge computes one operation, drawn with the probabilities softmax(alpha),
 *
 * `y = op_c(x)`, `c = argmax_k(log softmax(alpha)_k + g_k)`, `g = -log(-log u)`, u uniform on (0, 1),
 *
 * and the others, their weights and their running statistics stay as they are. On the way back the weight of the drawn
 * operation counts as `p_c` of `p = softmax((log softmax(alpha) + g) / temperature)`:
 *
 * `dL/dalpha_k = <dL/dy, op_c(x)> p_c ([k = c] - p_k) / temperature`.
 *
 * `dL/dw_k` of the others is 0, as in the paper, which propagates back from the drawn operation alone, and in its code. The
 * code of NAS-Bench-201 adds their weights to y as constants instead, which takes `<dL/dy, 1>` off the first factor.
 * Evaluation uses the most probable operation.
 *
 * @param options - Temperature at the first and the last epoch and how many there are. Default 10 to 0.1 over 50.
 *
 * Source: Dong and Yang 2019, "Searching for a robust neural architecture in four GPU hours", section 3.2.
 */
export function gdas(options: Partial<Ramp> = {}): GdasSettings {
  const { from = 10, to = 0.1, epochs = 50 } = checkOptions('gdas', options, RAMP_KEYS);
  return { kind: 'gdas', temperature: { from, to, epochs } };
}

/** The index of the largest score, the first of equals. */
function largest(scores: readonly number[]): number {
  return scores.indexOf(Math.max(...scores));
}

defineStrategy<GdasSettings>({
  kind: 'gdas',
  check: ({ temperature }) => checkOptions('gdas', temperature, RAMP_KEYS, true),
  choose(alpha, { training, uniform }) {
    if (!training) return alpha.map(largest);
    const candidates = alpha[0]!.length;
    const draws = uniform(alpha.length * candidates);
    // The softmax takes the same from every score of an edge.
    const gumbel = (u: number) => -Math.log(-Math.log(Math.min(1 - EDGE, Math.max(EDGE, u))));
    return alpha.map((row, edge) => largest(row.map((a, k) => a + gumbel(draws[edge * candidates + k]!))));
  },
  weights: (alpha, { settings, training, moment, uniform }) =>
    tf.tidy(() => {
      const logits = tf.logSoftmax(alpha);
      const u = training ? tf.clipByValue(uniform(alpha.shape), EDGE, 1 - EDGE) : undefined;
      const scores = u ? tf.sub(logits, tf.log(tf.neg(tf.log(u)))) : logits;
      return tf.softmax(tf.div<tf.Tensor2D>(scores, ramp(settings.temperature, moment.epoch)));
    }),
});
