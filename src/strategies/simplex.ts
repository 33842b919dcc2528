import * as tf from '@tensorflow/tfjs-core';

/** Mixtures that were moved, [edges, candidates], as mixtures again: clipped to (0, 1) and made to sum to 1; of none left the largest. */
export function toMixture(moved: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const clipped = tf.clipByValue(moved, 0, 1);
    const sum = tf.sum(clipped, 1, true);
    const winner = tf.cast(tf.oneHot(tf.argMax(moved, 1) as tf.Tensor1D, moved.shape[1]), 'float32');
    return tf.where(tf.equal(sum, 0), winner, tf.div(clipped, tf.maximum(sum, 1e-30))) as tf.Tensor2D;
  });
}

/** `mixture + d`, d uniform on (-epsilon, epsilon) by `uniform` on (0, 1), made a mixture again. */
export function shaken(mixture: tf.Tensor2D, uniform: tf.Tensor, epsilon: number): tf.Tensor2D {
  return tf.tidy(() => toMixture(tf.add(mixture, tf.mul(tf.sub(tf.mul(uniform, 2), 1), epsilon))));
}
