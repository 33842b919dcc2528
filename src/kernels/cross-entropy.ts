import * as tf from '@tensorflow/tfjs-core';
import { typeError } from '../errors';
import { defineKernel } from './kernel';

const logitsGrad = defineKernel<
  { dy: tf.Tensor; logits: tf.Tensor; labels: tf.Tensor },
  Record<string, never>
>({
  name: 'NoisyDartsCrossEntropyGrad',
  body: ({ dy, logits, labels }) => {
    const [batch, classes] = logits.shape as [number, number];
    const target = tf.oneHot(labels as tf.Tensor1D, classes);
    return tf.mul(tf.sub(tf.softmax(logits), target), tf.div(dy, batch));
  },
});

const forward = defineKernel<{ logits: tf.Tensor; labels: tf.Tensor }, Record<string, never>>({
  name: 'NoisyDartsCrossEntropy',
  body: ({ logits, labels }) => {
    const [batch, classes] = logits.shape as [number, number];
    const target = tf.oneHot(labels as tf.Tensor1D, classes);
    return tf.div(tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), target))), batch);
  },
  saveInputs: ['logits', 'labels'],
  gradient: (dy, [logits, labels]) => ({
    logits: () => logitsGrad({ dy: dy as tf.Tensor, logits: logits!, labels: labels! }, {}),
  }),
});

/**
 * Mean cross-entropy of a batch: `-1/N sum_n log softmax(logits[n])[labels[n]]`.
 *
 * @param logits - [N, classes].
 * @param labels - Class indices [N], int32.
 * @throws TypeError if the shapes do not match or there is but one class.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const [batch, classes = 0] = logits.shape as number[];
  if (logits.shape.length !== 2 || classes < 2 || labels.shape.length !== 1 || labels.shape[0] !== batch) {
    throw typeError(
      'crossEntropy',
      'logits must be [N, classes] with two classes or more, and labels [N]',
      [logits.shape, labels.shape],
      'pass one class index an image',
    );
  }
  return forward({ logits, labels }, {}) as tf.Scalar;
}
