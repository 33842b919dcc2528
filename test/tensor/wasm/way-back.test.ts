import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { sum } from '../../../src/kernels';
import { wayBack } from '../../../src/kernels/tape';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

const variable = (values: number[]) => tf.tidy(() => tf.variable(tf.tensor1d(values)));

// Elsewhere gradients are taken in tfjs's own way.
describe.skipIf(backend !== 'wasm-fast')('the way back with the training kernels', () => {
  it("gives the gradients of tfjs's own way back, whatever stands for several of them", () => {
    const [a, b, c, idle] = [
      [2, -3],
      [0.5, 4],
      [7, 1],
      [1, 1],
    ].map((values) => variable(values));
    const given = tf.tensor1d([3, 5]);
    // One tensor for both inputs, the gradient of the output itself, and one that was there before.
    const pair = tf.customGrad((x, y) => ({
      value: tf.add(x as tf.Tensor, y as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => [dy, dy],
    }));
    const constant = tf.customGrad((x) => ({ value: tf.mul(x as tf.Tensor, given), gradFunc: () => given }));
    const variables = [a!, b!, c!, idle!];
    const loss = (added: typeof pair, scaled: typeof constant) => () => {
      const state = tf.mul(a!, b!);
      const both = added(state, tf.mul(state, state));
      const [part] = tf.split(tf.mul(state, c!), 2);
      return tf.sum(
        tf.concat([sum([both, scaled(state), state, scaled(c!)]), tf.square(part!)]),
      ) as tf.Scalar;
    };
    for (let pass = 0; pass < 2; pass++) {
      const plain = loss(tf.add, (x) => tf.mul(x, given));
      const expected = tf.engine().gradients(plain, variables, undefined, true);
      const { value, grads } = wayBack.take(loss(pair, constant), variables);
      expect(value.arraySync()).toEqual(expected.value.arraySync());
      expect(grads.map((grad) => grad?.arraySync())).toEqual(expected.grads.map((grad) => grad?.arraySync()));
      expect(grads[3]).toBeUndefined();
      expect(given.arraySync()).toEqual([3, 5]);
      tf.dispose([value, expected.value]);
      for (const grad of [...grads, ...expected.grads]) grad?.dispose();
    }
    tf.dispose([...variables, given]);
  });

  it('takes a gradient within a gradient', () => {
    const x = variable([2, 3]);
    tf.tidy(() => {
      const inner = () => wayBack.take(() => tf.sum(tf.mul(tf.square(x), x)), [x]).grads[0]!;
      expect(wayBack.take(() => tf.sum(inner()), [x]).grads[0]!.arraySync()).toEqual([12, 18]);
    });
    x.dispose();
  });
});
