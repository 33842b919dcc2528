import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { crossEntropy } from '../kernels';
import { checkWeights } from './class-weights';
import { registerTask } from './make-task';
import { checkClasses } from './matching';
import { labelScores, type TaskSettings, taskOf } from './task';

/** Options of {@link classification}. */
export interface ClassificationOptions {
  /** Share of the target that is spread evenly over all classes, on [0, 1). Default 0. */
  readonly labelSmoothing?: number;
  /** How much an example of each class counts. Default all the same. */
  readonly classWeights?: readonly number[];
}

/** The task of {@link classification}: plain JSON. */
export interface Classification extends TaskSettings, ClassificationOptions {
  readonly kind: 'classification';
}

const KEYS = { labelSmoothing: true, classWeights: true } satisfies OptionKeys<ClassificationOptions>;

registerTask<Classification>(
  {
    kind: 'classification',
    applies: 'softmax',
    loss(outputs, targets, { labelSmoothing = 0, classWeights }) {
      const isHard = targets.rank === 1;
      const logits = outputs as tf.Tensor2D;
      if (isHard && labelSmoothing === 0 && !classWeights)
        return crossEntropy(logits, targets as tf.Tensor1D);
      const classes = logits.shape[1];
      const shares = isHard ? tf.cast(tf.oneHot(targets as tf.Tensor1D, classes), 'float32') : targets;
      const smooth = tf.add(tf.mul(shares, 1 - labelSmoothing), labelSmoothing / classes);
      const weights = classWeights ? tf.tensor1d([...classWeights]) : tf.scalar(1);
      const terms = tf.mul(tf.mul(smooth, weights), tf.logSoftmax(logits));
      return tf.neg(tf.div<tf.Scalar>(tf.sum(terms), tf.sum(tf.mul(shares, weights))));
    },
    metrics: {
      accuracy: {
        better: 'higher',
        unit: '%',
        of: (outputs, targets) => {
          const answers = tf.argMax(outputs, -1);
          const right = targets.rank === 1 ? targets : tf.argMax(targets, -1);
          return tf.mul(tf.mean(tf.cast(tf.equal(answers, right), 'float32')), 100) as tf.Scalar;
        },
      },
    },
    better: 'accuracy',
    // Shares of the classes.
    accepts: (targets) =>
      tf.logicalAnd(
        tf.greaterEqual(tf.min(targets), 0),
        tf.less(tf.max(tf.abs(tf.sub(tf.sum(targets, -1), 1))), 1e-3),
      ),
    check({ kind: _, ...options }) {
      const { labelSmoothing = 0, classWeights } = checkOptions('classification', options, KEYS);
      if (!(labelSmoothing >= 0 && labelSmoothing < 1))
        throw rangeError(
          'classification',
          'labelSmoothing must be on [0, 1)',
          labelSmoothing,
          'use for example 0.1',
        );
      checkWeights('classification', classWeights);
    },
    fit(meeting, { classWeights }) {
      checkClasses(meeting);
      checkWeights(meeting.fn, classWeights, meeting.outputs.at(-1)!);
    },
  },
  (losses, outputs, targets) => (targets.rank === 1 ? labelScores(losses, outputs, targets) : undefined),
);

/**
 * Which of several classes: cross-entropy of the softmax of the outputs, [N, classes].
 *
 * With shares t of the classes (all of it on the label, where targets are class indices), smoothing s, weights w and K
 * classes: `-sum_n sum_k w_k ((1 - s) t_nk + s / K) log p_nk / sum_n sum_k w_k t_nk`, as PyTorch's CrossEntropyLoss has it.
 * Metric: `accuracy`, percent, the share of examples whose largest output is the class.
 *
 * The default of everything that takes a task.
 *
 * @throws RangeError if an option is out of range.
 */
export function classification(options: ClassificationOptions = {}): Classification {
  checkOptions('classification', options, KEYS);
  const { labelSmoothing = 0, classWeights } = options;
  const task: Classification = {
    kind: 'classification',
    ...(labelSmoothing !== 0 && { labelSmoothing }),
    ...(classWeights !== undefined && { classWeights }),
  };
  taskOf(task, 'classification');
  return task;
}
