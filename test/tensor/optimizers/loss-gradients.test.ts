import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { lossGradients } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import { variable as makeVariable } from './support';

leavesNoTensors();

describe('lossGradients', () => {
  it('gives the gradients in the order of the variables, null for one that took no part', () => {
    const [a, b, c] = [2, 3, 5].map((x) => makeVariable(x)) as [tf.Variable, tf.Variable, tf.Variable];
    const { loss, grads } = lossGradients(() => tf.mul(tf.mul(a, a), c) as tf.Scalar, [c, b, a]);
    expect(loss.dataSync()[0]).toBe(20);
    expect(grads.map((grad) => grad?.dataSync()[0] ?? null)).toEqual([4, null, 20]);
    tf.dispose([a, b, c, loss, grads[0]!, grads[2]!]);
  });

  it('refuses a variable that tf.variableGrads would drop', () => {
    const frozen = makeVariable(1, 'frozen-alpha', false);
    expect(() => lossGradients(() => tf.square(frozen) as tf.Scalar, [frozen])).toThrow(
      new TypeError(
        "lossGradients: every variable must be trainable, got 'frozen-alpha with trainable = false'; leave it out of the list or set its trainable to true",
      ),
    );
    frozen.dispose();
  });

  it('says when no variable takes part in the loss', () => {
    const idle = makeVariable(1);
    expect(() => lossGradients(() => tf.scalar(1), [idle])).toThrow(
      'lossGradients: the loss must depend on a variable',
    );
    idle.dispose();
  });
});
