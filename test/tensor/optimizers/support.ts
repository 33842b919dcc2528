import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Gradients, Optimizer } from '../../../src/optimizers';

/** The options of the rules below, as PyTorch's documentation names them. */
export interface Rule {
  readonly lr: number;
  readonly weightDecay: number;
}

/** The update rules once more, in plain double precision, over any number of steps. */
export function sgdReference(
  w0: readonly number[],
  grads: readonly (readonly number[])[],
  { lr, weightDecay, momentum, nesterov }: Rule & { momentum: number; nesterov: boolean },
): number[] {
  return w0.map((start, i) => {
    let w = start;
    let buffer: number | undefined;
    for (const grad of grads) {
      const g = grad[i]! + weightDecay * w;
      buffer = buffer === undefined ? g : momentum * buffer + g;
      w -= lr * (nesterov ? g + momentum * buffer : buffer);
    }
    return w;
  });
}

export function adamReference(
  w0: readonly number[],
  grads: readonly (readonly number[])[],
  { lr, weightDecay, beta1, beta2, eps }: Rule & { beta1: number; beta2: number; eps: number },
): number[] {
  return w0.map((start, i) => {
    let [w, m, v] = [start, 0, 0];
    grads.forEach((grad, t) => {
      const g = grad[i]! + weightDecay * w;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      w -= (lr * (m / (1 - beta1 ** (t + 1)))) / (Math.sqrt(v / (1 - beta2 ** (t + 1))) + eps);
    });
    return w;
  });
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1e-6, ...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!) / scale, `element ${i}`).toBeLessThanOrEqual(tolerance);
}

/** A variable that does not leave its initial tensor behind, as `tf.variable(tf.tensor(...))` does. */
export function variable(values: tf.TensorLike, name?: string, trainable = true): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values), trainable, name));
}

/** One step with gradients given as plain numbers. */
export function stepWith(
  optimizer: Optimizer,
  variables: readonly tf.Variable[],
  grads: readonly (readonly number[] | null)[],
): void {
  const tensors: Gradients = grads.map((grad, i) =>
    grad ? tf.tensor([...grad], variables[i]!.shape) : null,
  );
  try {
    optimizer.step(variables, tensors);
  } finally {
    for (const tensor of tensors) tensor?.dispose();
  }
}
