import * as tf from '@tensorflow/tfjs-core';

/** What follows a batch norm: nothing, ReLU, or Swish, `x sigmoid(x)`. */
export type Activation = 'linear' | 'relu' | 'swish';

/** Applies an activation elementwise. */
export function activate<T extends tf.Tensor>(x: T, activation: Activation): T {
  if (activation === 'linear') return x;
  return activation === 'relu' ? tf.relu(x) : tf.tidy(() => tf.mul(x, tf.sigmoid(x)) as T);
}
