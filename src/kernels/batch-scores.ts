import * as tf from '@tensorflow/tfjs-core';
import { defineKernel, type KernelType, type NoAttributes } from './kernel';

/**
 * Inputs logits [N, classes], labels [N] and one loss or two; output the losses, the number of right answers and that of
 * labels that are no class.
 */
export type BatchScoresKernel = KernelType<
  'NoisyDartsBatchScores',
  { logits: tf.Tensor2D; labels: tf.Tensor1D; first: tf.Scalar; second?: tf.Scalar },
  NoAttributes,
  tf.Tensor1D
>;

/** Runs {@link BatchScoresKernel}. */
export const scores = defineKernel<BatchScoresKernel>({
  name: 'NoisyDartsBatchScores',
  body: ({ logits, labels, ...losses }) => {
    const [images, classes] = logits.shape;
    const label = tf.reshape(tf.cast(labels, 'float32'), [images, 1]);
    const index = tf.reshape(tf.range(0, classes, 1, 'float32'), [1, classes]);
    const own = tf.max(tf.where(tf.equal(index, label), logits, -Infinity), 1, true);
    // As topKAccuracy has it: NaN is ahead of everything, and of equal logits the first is the larger.
    const ahead = tf.logicalOr(
      tf.logicalNot(tf.lessEqual(logits, own)),
      tf.logicalAnd(tf.equal(logits, own), tf.less(index, label)),
    );
    const right = tf.sub(images, tf.sum(tf.cast(tf.any(ahead, 1), 'float32')));
    const strange = tf.logicalOr(tf.less(label, 0), tf.greaterEqual(label, classes));
    return tf.stack([...Object.values(losses), right, tf.sum(tf.cast(strange, 'float32'))]) as tf.Tensor1D;
  },
});
