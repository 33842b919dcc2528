import * as tf from '@tensorflow/tfjs-core';
import {
  batchNormTrain,
  conv2d,
  counterNoise,
  depthwiseConv2d,
  pointwiseConv2d,
  weightedSum,
} from 'noisydarts/kernels';
import { describe, expect, it } from 'vitest';
import { matMul } from '../../../src/kernels';
import { backend } from '../../support/backend';
import { expectNear } from '../../support/close';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';

type Maps = (...inputs: tf.Tensor4D[]) => tf.Tensor;

const relative = {
  distribution: 'gaussian',
  mixture: 'additive',
  mean: 0,
  std: 0.5,
  relative: true,
  rate: 1,
  shrink: false,
} as const;

const kernels: readonly (readonly [string, Maps, filter?: [number, number, number, number]])[] = [
  ['pointwise convolution', (x, filter) => pointwiseConv2d(x, filter!), [1, 1, 3, 5]],
  ['dense convolution', (x, filter) => conv2d(x, filter!), [1, 1, 3, 5]],
  ['depthwise convolution', (x, filter) => depthwiseConv2d(x, filter!), [3, 3, 3, 1]],
  [
    'matrix product',
    (x, filter) => {
      const product = matMul(
        tf.reshape(x, [-1, 3]) as tf.Tensor2D,
        tf.reshape(filter!, [3, 5]) as tf.Tensor2D,
      );
      return tf.reshape(product, [1, 1, -1, 5]);
    },
    [1, 1, 3, 5],
  ],
  ['batch norm', (x) => batchNormTrain(x).y],
  ['weighted sum', (x) => weightedSum(tf.tensor1d([0.25, 0.75]), [x, tf.neg(x)])],
  ['relative noise', (x) => counterNoise(x, relative, { key: [1, 2], counter: 3 })],
];

// A GPU's textures hold whole quartets of numbers: what an operation leaves beside the last of an odd row counts for
// nothing, and must not be counted by the next.
describe('kernels on maps that operations left behind', () => {
  leavesNoTensors();
  const shapes: [number, number, number, number][] = [
    [1, 1, 1, 3],
    [3, 3, 3, 3],
  ];
  for (const [name, kernel, filterShape] of kernels) {
    it.each(shapes)(`${name} of [%i, %i, %i, %i] equals that of the same numbers, sent`, (...shape) => {
      tf.tidy(() => {
        const left = (s: [number, number, number, number], seed: number) =>
          tf.add(normal<tf.Rank.R4>(s, seed), 1) as tf.Tensor4D;
        const sent = (t: tf.Tensor4D) => tf.tensor4d(t.dataSync(), t.shape);
        const inputs = filterShape ? [left(shape, 1), left(filterShape, 2)] : [left(shape, 1)];
        const copies = inputs.map(sent);
        const run = (xs: tf.Tensor4D[], dy?: tf.Tensor) => differentiate(() => kernel(...xs), xs, dy);
        const cotangent = left(run(copies).y.shape as typeof shape, 3);
        const [actual, expected] = [run(inputs, cotangent), run(copies, sent(cotangent))];
        expectNear(actual.y, expected.y.dataSync());
        for (const [i, grad] of actual.grads.entries()) expectNear(grad, expected.grads[i]!.dataSync());
      });
    });
  }

  // As long as this holds, src/kernels/bounded.ts is needed.
  it.skipIf(backend !== 'webgl')('are counted by the matrix products of tfjs', () => {
    tf.tidy(() => {
      const twos = tf.add(tf.ones([1, 129]), 1);
      expect(tf.matMul(twos, twos, false, true).dataSync()).not.toEqual(Float32Array.of(4 * 129));
      expect(tf.matMul(tf.div(twos, 1), twos, false, true).dataSync()).toEqual(Float32Array.of(4 * 129));
    });
  });
});
