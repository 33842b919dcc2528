import * as tf from '@tensorflow/tfjs-core';

export interface AdamUpdateOptions {
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * One variable's step of Adam, `[w', m', v']`, where `count` is the number of this step, from 1.
 *
 * g' = g + wd w; m' = b1 m + (1 - b1) g'; v' = b2 v + (1 - b2) g'^2;
 * w' = w - lr / (1 - b1^count) * m' / (sqrt(v') / sqrt(1 - b2^count) + epsilon).
 * Missing moments are zero. Nothing is disposed and nothing moves.
 */
export function adamUpdate(
  w: tf.Tensor,
  g: tf.Tensor,
  m: tf.Tensor | null,
  v: tf.Tensor | null,
  count: number,
  { learningRate, betas: [beta1, beta2], epsilon, weightDecay }: AdamUpdateOptions,
): [w: tf.Tensor, m: tf.Tensor, v: tf.Tensor] {
  const decayed = weightDecay === 0 ? g : tf.add(g, tf.mul(w, weightDecay));
  const newM = tf.mul(decayed, 1 - beta1);
  const newV = tf.mul(tf.square(decayed), 1 - beta2);
  const nextM = m ? tf.add(tf.mul(m, beta1), newM) : newM;
  const nextV = v ? tf.add(tf.mul(v, beta2), newV) : newV;
  const scale = tf.add(tf.div(tf.sqrt(nextV), Math.sqrt(1 - beta2 ** count)), epsilon);
  return [tf.sub(w, tf.mul(tf.div(nextM, scale), learningRate / (1 - beta1 ** count))), nextM, nextV];
}
