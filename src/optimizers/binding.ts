import * as tf from '@tensorflow/tfjs-core';
import { typeError } from '../errors';
import type { Slots } from './slots';
import type { Gradients } from './types';

/** Holds an optimizer to one list of variables, because its buffers belong to positions in that list. */
export class Binding {
  #variables: readonly tf.Variable[] | null = null;
  #expected: number | null = null;

  /** How many variables the buffers belong to; 0 before the first step. */
  get size(): number {
    return this.#variables?.length ?? this.#expected ?? 0;
  }

  /** Refuses what does not belong together, before anything has moved. */
  check(fn: string, variables: readonly tf.Variable[], grads: Gradients, slots: readonly Slots[]): void {
    checkGradients(fn, variables, grads);
    if (this.#variables) checkSame(fn, variables, this.#variables);
    else {
      if (this.#expected !== null && this.#expected !== variables.length)
        throw typeError(
          fn,
          `the restored state is that of ${this.#expected} variables`,
          variables.length,
          'restore the state of an optimizer over the same variables',
        );
      for (const slot of slots) checkRestored(fn, variables, slot);
      this.#variables = [...variables];
    }
  }

  /** Forgets the list; the next one must have `expected` variables, any number for 0. */
  release(expected = 0): void {
    this.#variables = null;
    this.#expected = expected === 0 ? null : expected;
  }
}

function checkGradients(fn: string, variables: readonly tf.Variable[], grads: Gradients): void {
  if (grads.length !== variables.length)
    throw typeError(
      fn,
      `${variables.length} variables need ${variables.length} gradients`,
      grads.length,
      'give one gradient for each variable, null for one that took no part in the loss',
    );
  variables.forEach((variable, i) => {
    const grad = grads[i];
    if (grad && !tf.util.arraysEqual(grad.shape, variable.shape))
      throw typeError(
        fn,
        `the gradient of variable ${i} ('${variable.name}') must have shape [${variable.shape}]`,
        grad.shape,
        'give the gradients in the order of the variables',
      );
  });
}

function checkSame(fn: string, variables: readonly tf.Variable[], earlier: readonly tf.Variable[]): void {
  if (earlier.length !== variables.length)
    throw typeError(
      fn,
      `the earlier steps had ${earlier.length} variables`,
      variables.length,
      'give the same list at every step, or make another optimizer',
    );
  variables.forEach((variable, i) => {
    if (variable !== earlier[i])
      throw typeError(
        fn,
        `variable ${i} was '${earlier[i]!.name}' at the earlier steps`,
        variable.name,
        'give the same list in the same order at every step, or make another optimizer',
      );
  });
}

function checkRestored(fn: string, variables: readonly tf.Variable[], slot: Slots): void {
  variables.forEach((variable, i) => {
    const buffer = slot.get(i);
    if (buffer && !tf.util.arraysEqual(buffer.shape, variable.shape))
      throw typeError(
        fn,
        `the restored ${slot.name}.${i} must have the shape [${variable.shape}] of '${variable.name}'`,
        buffer.shape,
        'restore the state of an optimizer over the same variables',
      );
  });
}
