import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { registerTask } from './make-task';
import { checkSameShape } from './matching';
import { type TaskSettings, taskOf } from './task';

/** Options of {@link regression}. */
export interface RegressionOptions {
  /** Of the difference: its square, its size, or the square within 1 and the size beyond it. Default `'mse'`. */
  readonly loss?: 'mse' | 'mae' | 'huber';
}

/** The task of {@link regression}: plain JSON. */
export interface Regression extends TaskSettings, RegressionOptions {
  readonly kind: 'regression';
}

const KEYS = { loss: true } satisfies OptionKeys<RegressionOptions>;

const losses: Readonly<Record<string, (difference: tf.Tensor) => tf.Tensor>> = {
  mse: (difference) => tf.square(difference),
  mae: (difference) => tf.abs(difference),
  huber(difference) {
    const size = tf.abs(difference);
    const near = tf.minimum(size, 1);
    return tf.add(tf.mul(tf.square(near), 0.5), tf.sub(size, near));
  },
};

registerTask<Regression>({
  kind: 'regression',
  loss: (outputs, targets, { loss = 'mse' }) => tf.mean(losses[loss]!(tf.sub(outputs, targets))) as tf.Scalar,
  metrics: {
    mae: {
      better: 'lower',
      label: 'mean absolute error',
      of: (outputs, targets) => tf.mean(tf.abs(tf.sub(outputs, targets))) as tf.Scalar,
    },
    rmse: {
      better: 'lower',
      label: 'root mean square error',
      of: (outputs, targets) => tf.mean(tf.square(tf.sub(outputs, targets))) as tf.Scalar,
      finish: Math.sqrt,
    },
  },
  better: 'loss',
  check({ kind: _, ...options }) {
    const { loss = 'mse' } = checkOptions('regression', options, KEYS);
    if (typeof loss !== 'string' || !Object.hasOwn(losses, loss))
      throw rangeError('regression', "loss must be 'mse', 'mae' or 'huber'", loss, "leave it out for 'mse'");
  },
  fit: checkSameShape,
});

/**
 * Numbers, of any shape: the mean over examples and outputs of the loss of their difference d to the targets. `'mse'`: d^2;
 * `'mae'`: |d|; `'huber'`: d^2 / 2 up to |d| = 1, |d| - 1/2 beyond.
 *
 * Metrics: `mae`, the mean absolute error, and `rmse`, the root of the mean square, both in the targets' unit. The loss
 * decides what is best.
 *
 * @throws RangeError for another loss.
 */
export function regression(options: RegressionOptions = {}): Regression {
  const { loss = 'mse' } = checkOptions('regression', options, KEYS);
  const task: Regression = { kind: 'regression', loss };
  taskOf(task, 'regression');
  return task;
}
