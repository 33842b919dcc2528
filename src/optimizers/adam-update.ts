import type * as tf from '@tensorflow/tfjs-core';
import { add, div, mul, sqrt, square, sub } from '@tensorflow/tfjs-core';
import { defineKernel, type KernelType } from '../kernels';

export interface AdamUpdateOptions {
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
}

type AdamUpdateAttributes = {
  /** Learning rate / (1 - b1^count). */
  rate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** sqrt(1 - b2^count). */
  rootCorrection: number;
};

/** There are m and v from the second step on; outputs w', m', v'. */
export type AdamUpdate = KernelType<
  'NoisyDartsAdamUpdate',
  { w: tf.Tensor; g: tf.Tensor; m?: tf.Tensor; v?: tf.Tensor },
  AdamUpdateAttributes,
  [w: tf.Tensor, m: tf.Tensor, v: tf.Tensor]
>;

const update = defineKernel<AdamUpdate>({
  name: 'NoisyDartsAdamUpdate',
  body: ({ w, g, m, v }, { rate, beta1, beta2, epsilon, weightDecay, rootCorrection }) => {
    const decayed = weightDecay === 0 ? g : add(g, mul(w, weightDecay));
    const newM = mul(decayed, 1 - beta1);
    const newV = mul(square(decayed), 1 - beta2);
    const nextM = m ? add(mul(m, beta1), newM) : newM;
    const nextV = v ? add(mul(v, beta2), newV) : newV;
    const scale = add(div(sqrt(nextV), rootCorrection), epsilon);
    return [sub(w, mul(div(nextM, scale), rate)), nextM, nextV];
  },
});

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
  const inputs = m && v ? { w, g, m, v } : { w, g };
  return update(inputs, {
    rate: learningRate / (1 - beta1 ** count),
    beta1,
    beta2,
    epsilon,
    weightDecay,
    rootCorrection: Math.sqrt(1 - beta2 ** count),
  });
}
