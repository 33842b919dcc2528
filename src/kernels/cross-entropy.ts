import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, typeError } from '../errors';
import { defineKernel, type KernelType, type NoAttributes } from './kernel';

type Inputs = { logits: tf.Tensor2D; labels: tf.Tensor1D };

export type CrossEntropy = KernelType<'NoisyDartsCrossEntropy', Inputs, NoAttributes, tf.Scalar>;
export type CrossEntropyGrad = KernelType<
  'NoisyDartsCrossEntropyGrad',
  Inputs & { dy: tf.Scalar },
  NoAttributes,
  tf.Tensor2D
>;

const logitsGrad = defineKernel<CrossEntropyGrad>({
  name: 'NoisyDartsCrossEntropyGrad',
  body: ({ dy, logits, labels }) => {
    const [batch, classes] = logits.shape;
    const target = tf.oneHot(labels, classes);
    return tf.mul(tf.sub(tf.softmax(logits), target), tf.div(dy, batch));
  },
});

const forward = defineKernel<CrossEntropy>({
  name: 'NoisyDartsCrossEntropy',
  body: ({ logits, labels }) => {
    const [batch, classes] = logits.shape;
    const target = tf.oneHot(labels, classes);
    return tf.div(tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), target))), batch);
  },
  saveInputs: ['logits', 'labels'],
  gradient: (dy, saved) => {
    const [logits, labels] = saved as [tf.Tensor2D, tf.Tensor1D];
    return { logits: () => logitsGrad({ dy, logits, labels }, {}) };
  },
});

/**
 * Mean cross-entropy of a batch: `-1/N sum_n log softmax(logits[n])[labels[n]]`.
 *
 * @param logits - [N, classes].
 * @param labels - Class indices [N], int32.
 * @throws TypeError if the shapes do not match or there is but one class.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  requireTensor('crossEntropy', 'logits', logits);
  requireTensor('crossEntropy', 'labels', labels);
  const [batch, classes = 0] = logits.shape as number[];
  if (logits.shape.length !== 2 || classes < 2 || labels.shape.length !== 1 || labels.shape[0] !== batch) {
    throw typeError(
      'crossEntropy',
      'logits must be [N, classes] with two classes or more, and labels [N]',
      [logits.shape, labels.shape],
      'pass one class index an image',
    );
  }
  return forward({ logits, labels }, {});
}
