import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adam, clipByGlobalNorm, clippedStep, type Optimizer, sgd } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import { expectClose, variable } from './support';

leavesNoTensors();

/** More variables than are updated together, of odd sizes; the third takes no part in every other step. */
const SIZES = [1, 5, 3, 64, 65, 7, 2, 130, 4, 9, 1];

const start = () =>
  SIZES.map((size, i) => variable(Array.from({ length: size }, (_, j) => Math.sin(3 * i + j))));

const gradsAt = (step: number) =>
  SIZES.map((size, i) =>
    i === 2 && step % 2 === 1
      ? null
      : tf.tensor1d(Array.from({ length: size }, (_, j) => 2 * Math.cos(5 * step + i + 7 * j))),
  );

const free = (tensors: readonly (tf.Tensor | null)[]) => {
  tf.dispose(tensors.filter((tensor) => tensor !== null));
};

const optimizers: [string, () => Optimizer][] = [
  ['Sgd', () => sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 3e-4 })],
  ['Sgd with Nesterov', () => sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
  ['Sgd without momentum', () => sgd({ learningRate: 0.05, weightDecay: 3e-4 })],
  ['Adam', () => adam({ learningRate: 3e-4, weightDecay: 1e-3 })],
];

describe.each(optimizers)('clippedStep of %s', (_, make) => {
  it.each([3, 1e9])('is clipByGlobalNorm to %d and a step', (maxNorm) => {
    const [one, two] = [make(), make()];
    const [a, b] = [start(), start()];
    for (let step = 0; step < 4; step++) {
      const grads = gradsAt(step);
      clippedStep(one, a, grads, maxNorm);
      const clipped = clipByGlobalNorm(grads, maxNorm);
      two.step(b, clipped.grads);
      free([...grads, ...clipped.grads, clipped.norm]);
    }
    for (const [i, w] of a.entries()) expectClose(w.dataSync(), [...b[i]!.dataSync()], 1e-6);
    free([...a, ...b]);
    one.dispose();
    two.dispose();
  });

  it('does not clip to infinity, and reads the gradients alone', () => {
    const [one, two] = [make(), make()];
    const [a, b] = [start(), start()];
    const grads = gradsAt(0);
    const before = grads.map((grad) => [...grad!.dataSync()]);
    clippedStep(one, a, grads, Number.POSITIVE_INFINITY);
    two.step(b, grads);
    for (const [i, w] of a.entries()) expect([...w.dataSync()]).toEqual([...b[i]!.dataSync()]);
    expect(grads.map((grad) => [...grad!.dataSync()])).toEqual(before);
    free([...a, ...b, ...grads]);
    one.dispose();
    two.dispose();
  });

  it('leaves alone what somebody holds on to', () => {
    const optimizer = make();
    const variables = start();
    const first = gradsAt(0);
    clippedStep(optimizer, variables, first, 3);
    const held = variables.map((w) => w.clone());
    const values = held.map((w) => [...w.dataSync()]);
    const state = optimizer.state();
    const second = gradsAt(2);
    clippedStep(optimizer, variables, second, 3);
    expect(held.map((w) => [...w.dataSync()])).toEqual(values);
    expect(variables.map((w) => [...w.dataSync()])).not.toEqual(values);
    const moved = optimizer.state();
    if (state.tensors.length > 0) expect(moved.tensors).not.toEqual(state.tensors);
    free([...variables, ...held, ...first, ...second]);
    optimizer.dispose();
  });
});

it('leaves nothing of the filter that it moved in the convolutions and products after it', () => {
  const [image, row] = [tf.ones<tf.Rank.R4>([1, 4, 4, 3]), tf.ones<tf.Rank.R2>([2, 3])];
  // Whose numbers nobody else holds.
  const ones = (shape: number[]) => tf.tidy(() => tf.variable(tf.ones(shape)));
  const [filter, matrix] = [ones([3, 3, 3, 5]), ones([3, 5])];
  const outputs = () =>
    tf.tidy(() => [
      ...tf.conv2d(image, filter as unknown as tf.Tensor4D, 1, 'valid').dataSync(),
      ...tf.matMul(row, matrix as unknown as tf.Tensor2D).dataSync(),
    ]);
  const optimizer = sgd({ learningRate: 0.5, momentum: 0.9 });
  expect(new Set(outputs())).toEqual(new Set([27, 3]));
  const grads = [tf.ones(filter.shape), tf.ones(matrix.shape)];
  clippedStep(optimizer, [filter, matrix], grads, Number.POSITIVE_INFINITY);
  expect(new Set(outputs())).toEqual(new Set([13.5, 1.5]));
  free([image, row, filter, matrix, ...grads]);
  optimizer.dispose();
});
