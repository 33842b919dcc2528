import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys } from '../errors';
import { checkWeights } from './class-weights';
import { registerTask } from './make-task';
import { checkSameShape } from './matching';
import { type TaskSettings, taskOf } from './task';

/** Options of {@link multiLabel}. */
export interface MultiLabelOptions {
  /** How much each label counts. Default all the same. */
  readonly classWeights?: readonly number[];
}

/** The task of {@link multiLabel}: plain JSON. */
export interface MultiLabel extends TaskSettings, MultiLabelOptions {
  readonly kind: 'multi-label';
}

const KEYS = { classWeights: true } satisfies OptionKeys<MultiLabelOptions>;

/** 1 where an output says of a label what the target says. */
const rights = (outputs: tf.Tensor, targets: tf.Tensor): tf.Tensor =>
  tf.cast(tf.equal(tf.greater(outputs, 0), tf.greater(targets, 0.5)), 'float32');

registerTask<MultiLabel>({
  kind: 'multi-label',
  applies: 'sigmoid',
  loss(outputs, targets, { classWeights }) {
    const terms = tf.sub(tf.softplus(outputs), tf.mul(targets, outputs));
    if (!classWeights) return tf.mean(terms) as tf.Scalar;
    const weights = tf.tensor1d([...classWeights]);
    return tf.div(tf.mean(tf.mul(terms, weights)), tf.mean(weights)) as tf.Scalar;
  },
  metrics: {
    labelAccuracy: {
      better: 'higher',
      label: 'label accuracy',
      unit: '%',
      of: (outputs, targets) => tf.mul(tf.mean(rights(outputs, targets)), 100) as tf.Scalar,
    },
    exact: {
      better: 'higher',
      label: 'all labels right',
      unit: '%',
      of: (outputs, targets) => tf.mul(tf.mean(tf.min(rights(outputs, targets), -1)), 100) as tf.Scalar,
    },
  },
  better: 'labelAccuracy',
  // 0, 1, or of a mixed example a share.
  accepts: (targets) => tf.logicalAnd(tf.greaterEqual(tf.min(targets), 0), tf.lessEqual(tf.max(targets), 1)),
  check: ({ kind: _, ...options }) =>
    checkWeights('multiLabel', checkOptions('multiLabel', options, KEYS).classWeights),
  fit(meeting, { classWeights }) {
    checkSameShape(meeting);
    checkWeights(meeting.fn, classWeights, meeting.outputs.at(-1)!);
  },
});

/**
 * Which of several labels, any number of which may hold: the cross-entropy of the sigmoid of every output z with its target
 * t, `mean of w (log(1 + exp(z)) - t z) / mean of w`, over examples and labels.
 * A target is 0, 1, or between them a share of certainty, as mixed examples have.
 *
 * Metrics, both percent: `labelAccuracy`, the share of labels that are told rightly (z > 0 says that one holds), which
 * decides what is best, and `exact`, that of examples with all labels right.
 *
 * @throws RangeError for weights that are not above 0.
 */
export function multiLabel(options: MultiLabelOptions = {}): MultiLabel {
  const { classWeights } = checkOptions('multiLabel', options, KEYS);
  const task: MultiLabel = { kind: 'multi-label', ...(classWeights !== undefined && { classWeights }) };
  taskOf(task, 'multiLabel');
  return task;
}
