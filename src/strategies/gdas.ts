import * as tf from '@tensorflow/tfjs-core';
import { checkRamp, type Ramp, ramp } from './ramp';
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
 * GDAS: in every training pass each edge uses one operation, drawn with the probabilities softmax(alpha):
 *
 * `w = one_hot(argmax_k(log softmax(alpha)_k + g_k))`, `g = -log(-log u)`, u uniform on (0, 1),
 *
 * and the gradient is that of `softmax((log softmax(alpha) + g) / temperature)`. Evaluation uses the most probable
 * operation. All candidates are computed, so that it costs as much as DARTS.
 *
 * @param options - Temperature at the first and the last epoch and how many there are. Default 10 to 0.1 over 50.
 *
 * Source: Dong and Yang 2019, "Searching for a robust neural architecture in four GPU hours", section 3.2.
 */
export function gdas({ from = 10, to = 0.1, epochs = 50 }: Partial<Ramp> = {}): GdasSettings {
  return { kind: 'gdas', temperature: { from, to, epochs } };
}

/** `hard` on the way forward, `soft` on the way back. */
function straightThrough(hard: tf.Tensor2D, soft: tf.Tensor2D): tf.Tensor2D {
  const through = tf.customGrad(() => ({ value: hard, gradFunc: (dy: tf.Tensor) => [dy] }));
  return through(soft) as tf.Tensor2D;
}

const largest = (scores: tf.Tensor2D) =>
  tf.cast(tf.oneHot(tf.argMax(scores, 1) as tf.Tensor1D, scores.shape[1]), 'float32') as tf.Tensor2D;

defineStrategy<GdasSettings>({
  kind: 'gdas',
  check: ({ temperature }) => checkRamp('gdas', 'the temperature', temperature, 0),
  weights: (alpha, { settings, training, moment, uniform }) =>
    tf.tidy(() => {
      if (!training) return largest(alpha);
      const u = tf.clipByValue(uniform(alpha.shape), EDGE, 1 - EDGE);
      const scores = tf.sub(tf.logSoftmax(alpha), tf.log(tf.neg(tf.log(u)))) as tf.Tensor2D;
      const temperature = ramp(settings.temperature, moment.epoch);
      return straightThrough(largest(scores), tf.softmax(tf.div<tf.Tensor2D>(scores, temperature)));
    }),
});
