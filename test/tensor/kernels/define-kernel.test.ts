import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { defineKernel, type KernelType } from '../../../src/kernels';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { unregisterTestKernels } from '../../support/test-kernels';

type Product = KernelType<
  `NoisyDarts${string}`,
  { a: tf.Tensor; b: tf.Tensor },
  { factor: number },
  tf.Tensor
>;

/** a b + factor, with intermediate tensors; counts the gradients that are computed. */
function product(name: `NoisyDarts${string}`) {
  const asked = { a: 0, b: 0 };
  const kernel = defineKernel<Product>({
    name,
    body: ({ a, b }, { factor }) => tf.add(tf.mul(a, b), factor),
    saveInputs: ['a', 'b'],
    gradient: (dy, [a, b]) => ({
      a: () => {
        asked.a++;
        return tf.mul(dy, b!);
      },
      b: () => {
        asked.b++;
        return tf.mul(dy, a!);
      },
    }),
  });
  return { kernel, asked };
}

describe('defineKernel', () => {
  leavesNoTensors();
  afterEach(unregisterTestKernels);

  it('runs the generic body on the current backend and frees its intermediate tensors', () => {
    const { kernel } = product('NoisyDartsTestGeneric');
    const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const before = tf.memory().numTensors;
    const y = kernel({ a, b }, { factor: 10 });
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([...y.dataSync()]).toEqual([13, 18]);
    tf.dispose([a, b, y]);
  });

  it('computes the gradients asked for, and no other', () => {
    const { kernel, asked } = product('NoisyDartsTestLazy');
    const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const { y, grads } = differentiate(() => kernel({ a, b }, { factor: 0 }), [a]);
    expect([...grads[0]!.dataSync()]).toEqual([3, 4]);
    expect(asked).toEqual({ a: 1, b: 0 });
    tf.dispose([a, b, y, [...grads]]);
  });

  it("leaves a backend's faster body in place", () => {
    const name = 'NoisyDartsTestFast';
    const { kernel } = product(name);
    tf.registerKernel({
      kernelName: name,
      backendName: tf.getBackend(),
      kernelFunc: ({ inputs }) => tf.onesLike(inputs.a as tf.Tensor),
    });
    const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const { y, grads } = differentiate(() => kernel({ a, b }, { factor: 0 }), [b]);
    expect([...y.dataSync()]).toEqual([1, 1]);
    expect([...grads[0]!.dataSync()]).toEqual([1, 2]);
    tf.dispose([a, b, y, [...grads]]);
  });
});
