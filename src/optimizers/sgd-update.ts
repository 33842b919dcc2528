import * as tf from '@tensorflow/tfjs-core';
import { defineKernel, type KernelType } from '../kernels';

export interface SgdUpdateOptions {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

/** There is a buffer from the second step on; outputs w' and, with momentum, buffer'. */
export type SgdUpdate = KernelType<
  'NoisyDartsSgdUpdate',
  { w: tf.Tensor; g: tf.Tensor; buffer?: tf.Tensor },
  { [Option in keyof SgdUpdateOptions]: SgdUpdateOptions[Option] },
  tf.Tensor[]
>;

/** Inputs w0, g0, buffer0, w1, ... and, if gradients are scaled, scale; outputs w0', buffer0', w1', ... */
export type SgdUpdates = KernelType<
  'NoisyDartsSgdUpdates',
  Readonly<Record<string, tf.Tensor>>,
  SgdUpdate['attributes'] & { count: number },
  tf.Tensor[]
>;

const update = defineKernel<SgdUpdate>({
  name: 'NoisyDartsSgdUpdate',
  body: ({ w, g, buffer }, { learningRate, momentum, weightDecay, nesterov }) => {
    const decayed = weightDecay === 0 ? g : tf.add(g, tf.mul(w, weightDecay));
    if (momentum === 0) return [tf.sub(w, tf.mul(decayed, learningRate))];
    const next = buffer ? tf.add(tf.mul(buffer, momentum), decayed) : tf.clone(decayed);
    const direction = nesterov ? tf.add(decayed, tf.mul(next, momentum)) : next;
    return [tf.sub(w, tf.mul(direction, learningRate)), next];
  },
});

/**
 * One variable's step of stochastic gradient descent, `[w', buffer']`.
 *
 * g' = g + wd w; buffer' = m buffer + g', or g' while there is no buffer; d = buffer', or g' + m buffer' with Nesterov;
 * w' = w - lr d. Without momentum there is no buffer'. Nothing is disposed and nothing moves.
 */
export function sgdUpdate(
  w: tf.Tensor,
  g: tf.Tensor,
  buffer: tf.Tensor | null,
  { learningRate, momentum, weightDecay, nesterov }: SgdUpdateOptions,
): [w: tf.Tensor, buffer: tf.Tensor | undefined] {
  const inputs = buffer ? { w, g, buffer } : { w, g };
  const [next, nextBuffer] = update(inputs, { learningRate, momentum, weightDecay, nesterov });
  return [next!, nextBuffer];
}

/** A variable's turn in {@link sgdUpdates}. */
export interface SgdTurn {
  readonly w: tf.Tensor;
  readonly g: tf.Tensor;
  readonly buffer: tf.Tensor | null;
}

const updates = defineKernel<SgdUpdates>({
  name: 'NoisyDartsSgdUpdates',
  body: (inputs, { count, ...options }) =>
    Array.from({ length: count }, (_, k) => {
      const [w, g, buffer] = [inputs[`w${k}`]!, inputs[`g${k}`]!, inputs[`buffer${k}`] ?? null];
      return sgdUpdate(w, inputs.scale ? tf.mul(g, inputs.scale) : g, buffer, options);
    }).flatMap((pair) => pair.filter((tensor) => tensor !== undefined)),
});

/**
 * {@link sgdUpdate} for several variables, along `scale * g`. Unlike it this may compute in place: a tensor that comes back
 * can share its numbers with the one it replaces, which must be given up for it.
 */
export function sgdUpdates(
  turns: readonly SgdTurn[],
  scale: tf.Scalar | undefined,
  { learningRate, momentum, weightDecay, nesterov }: SgdUpdateOptions,
): [w: tf.Tensor, buffer: tf.Tensor | undefined][] {
  const inputs: Record<string, tf.Tensor> = scale ? { scale } : {};
  for (const [k, { w, g, buffer }] of turns.entries()) {
    Object.assign(inputs, { [`w${k}`]: w, [`g${k}`]: g }, buffer && { [`buffer${k}`]: buffer });
  }
  const outputs = updates(inputs, { count: turns.length, learningRate, momentum, weightDecay, nesterov });
  const each = momentum === 0 ? 1 : 2;
  return turns.map((_, k) => [outputs[each * k]!, each === 2 ? outputs[2 * k + 1] : undefined]);
}
