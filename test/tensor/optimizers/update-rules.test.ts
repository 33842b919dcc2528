import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adam, sgd } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import { adamReference, expectClose, variable as makeVariable, sgdReference, stepWith } from './support';

leavesNoTensors();

const value = fc.integer({ min: -2000, max: 2000 }).map((n) => n / 1000);
const vector = fc.array(value, { minLength: 3, maxLength: 3 });
const runs = fc.record({ w: vector, grads: fc.array(vector, { minLength: 1, maxLength: 6 }) });

function run(optimizer: ReturnType<typeof sgd> | ReturnType<typeof adam>, w: number[], grads: number[][]) {
  const variable = makeVariable(w);
  for (const grad of grads) stepWith(optimizer, [variable], [grad]);
  const result = variable.dataSync().slice();
  variable.dispose();
  optimizer.dispose();
  return result;
}

describe('sgd', () => {
  it.each([
    { momentum: 0, weightDecay: 0, nesterov: false },
    { momentum: 0, weightDecay: 0.1, nesterov: false },
    { momentum: 0.9, weightDecay: 0, nesterov: false },
    { momentum: 0.9, weightDecay: 3e-4, nesterov: false },
    { momentum: 0.9, weightDecay: 0.1, nesterov: true },
  ])('follows its rule with %o', (options) => {
    fc.assert(
      fc.property(runs, ({ w, grads }) => {
        const got = run(sgd({ learningRate: 0.05, ...options }), w, grads);
        expectClose(got, sgdReference(w, grads, { lr: 0.05, ...options }), 2e-6);
      }),
      { numRuns: 20 },
    );
  });

  it('uses the learning rate of the moment', () => {
    const variable = makeVariable(1);
    const optimizer = sgd({ learningRate: 0.5 });
    stepWith(optimizer, [variable], [[1]]);
    optimizer.learningRate = 0.25;
    stepWith(optimizer, [variable], [[1]]);
    expect(variable.dataSync()[0]).toBe(0.25);
    variable.dispose();
  });

  it('previews the step it would take, and takes none', () => {
    const variables = [makeVariable([1, -2]), makeVariable([[3]]), makeVariable(4)];
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true });
    const grads = [tf.tensor1d([0.5, 0.25]), tf.tensor2d([[-1]]), null];
    for (let step = 0; step < 3; step++) {
      const before = variables.map((variable) => variable.dataSync().slice());
      const state = optimizer.state();
      const preview = optimizer.preview(variables, grads);
      expect(variables.map((variable) => variable.dataSync().slice())).toEqual(before);
      expect(optimizer.state().tensors).toEqual(state.tensors);
      expect(preview[2]).toBeNull();
      optimizer.step(variables, grads);
      expect([...variables[0]!.dataSync()]).toEqual([...preview[0]!.dataSync()]);
      expect([...variables[1]!.dataSync()]).toEqual([...preview[1]!.dataSync()]);
      for (const tensor of preview) tensor?.dispose();
    }
    for (const tensor of [...variables, ...grads]) tensor?.dispose();
    optimizer.dispose();
  });

  it.each([false, true])('has stepSize -dw/dg, nesterov %s', (nesterov) => {
    const variable = makeVariable(1);
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov });
    const weightAt = (g: number) => {
      const grad = tf.scalar(g);
      const [next] = optimizer.preview([variable], [grad]);
      const result = next!.dataSync()[0]!;
      next!.dispose();
      grad.dispose();
      return result;
    };
    for (let step = 0; step < 2; step++) {
      expect(weightAt(0) - weightAt(1)).toBeCloseTo(optimizer.stepSize, 6);
      stepWith(optimizer, [variable], [[0.5]]);
    }
    variable.dispose();
    optimizer.dispose();
  });

  it('refuses options out of range', () => {
    expect(() => sgd({ learningRate: -1 })).toThrow(
      new RangeError(
        'sgd: learningRate must be a finite number of at least 0, got -1; correct it or leave it out',
      ),
    );
    expect(() => sgd({ learningRate: 1, momentum: Number.NaN })).toThrow(
      'sgd: momentum must be a finite number of at least 0, got NaN; correct it or leave it out',
    );
    expect(() => sgd({ learningRate: 1, nesterov: true })).toThrow(
      'sgd: nesterov needs a momentum above 0, got 0; set momentum, 0.9 for one',
    );
    const optimizer = sgd({ learningRate: 1 });
    expect(() => {
      optimizer.learningRate = Infinity;
    }).toThrow('sgd: learningRate must be a finite number of at least 0, got Infinity; correct it');
  });
});

describe('adam', () => {
  it.each([
    { betas: [0.5, 0.999] as const, epsilon: 1e-8, weightDecay: 1e-3 },
    { betas: [0.9, 0.999] as const, epsilon: 1e-8, weightDecay: 0 },
    { betas: [0, 0] as const, epsilon: 0.1, weightDecay: 0.1 },
  ])('follows its rule with %o', ({ betas, epsilon, weightDecay }) => {
    fc.assert(
      fc.property(runs, ({ w, grads }) => {
        // With epsilon this small, a zero gradient makes the direction a matter of rounding.
        fc.pre(grads.every((grad) => grad.every((g, i) => Math.abs(g + weightDecay * w[i]!) > 0.01)));
        const got = run(adam({ learningRate: 0.01, betas, epsilon, weightDecay }), w, grads);
        const [beta1, beta2] = betas;
        expectClose(
          got,
          adamReference(w, grads, { lr: 0.01, weightDecay, beta1, beta2, eps: epsilon }),
          1e-5,
        );
      }),
      { numRuns: 20 },
    );
  });

  it('moves by the learning rate at its first step, whatever the size of the gradient', () => {
    expectClose(run(adam({ learningRate: 0.25 }), [1, 1, 1], [[1e-3, -1, 1e3]]), [0.75, 1.25, 0.75], 1e-4);
  });

  it('couples weight decay: it goes through the moments, so that its size does not matter alone', () => {
    const weak = run(adam({ learningRate: 0.25, weightDecay: 0.01 }), [1, 2, -4], [[0, 0, 0]]);
    const strong = run(adam({ learningRate: 0.25, weightDecay: 1 }), [1, 2, -4], [[0, 0, 0]]);
    expectClose(weak, [0.75, 1.75, -3.75], 1e-5);
    expectClose(strong, weak, 1e-5);
  });

  it('refuses options out of range', () => {
    expect(() => adam({ learningRate: 1, betas: [0.5, 1] })).toThrow(
      new RangeError('adam: betas[1] must be a number from 0 to below 1, got 1; correct it'),
    );
    expect(() => adam({ learningRate: 1, weightDecay: -0.1 })).toThrow(
      'adam: weightDecay must be a finite number of at least 0, got -0.1; correct it or leave it out',
    );
  });
});

describe.each([
  ['Sgd', () => sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 })],
  ['Adam', () => adam({ learningRate: 0.1, weightDecay: 0.1 })],
])('%s.step', (name, make) => {
  it('leaves a variable without a gradient exactly as it is, and does not age it', () => {
    const variables = [makeVariable(1), makeVariable(2)];
    const optimizer = make();
    stepWith(optimizer, variables, [[1], null]);
    expect(variables[1]!.dataSync()[0]).toBe(2);
    expect(optimizer.state().tensors.map((tensor) => tensor.name)).not.toContainEqual(
      expect.stringMatching(/\.1$/),
    );
    stepWith(optimizer, variables, [null, [1]]);

    const alone = make();
    const variable = makeVariable(2);
    stepWith(alone, [variable], [[1]]);
    expect(variables[1]!.dataSync()[0]).toBe(variable.dataSync()[0]);
    for (const each of [...variables, variable]) each.dispose();
    optimizer.dispose();
    alone.dispose();
  });

  it('keeps the number of tensors from the second step on, and outlives a tidy around it', () => {
    const variables = [
      makeVariable([
        [0, 0, 0],
        [0, 0, 0],
      ]),
      makeVariable([0, 0, 0, 0]),
    ];
    const optimizer = make();
    const grads = [tf.ones([2, 3]), tf.ones([4])];
    tf.tidy(() => optimizer.step(variables, grads));
    const count = tf.memory().numTensors;
    for (let step = 0; step < 3; step++) tf.tidy(() => optimizer.step(variables, grads));
    expect(tf.memory().numTensors).toBe(count);
    expect(variables[0]!.dataSync().every(Number.isFinite)).toBe(true);
    for (const tensor of [...variables, ...grads]) tensor.dispose();
    optimizer.dispose();
  });

  it('lets a NaN gradient into its variable, and into no other', () => {
    const variables = [makeVariable([1, 1]), makeVariable(1)];
    const optimizer = make();
    stepWith(optimizer, variables, [[Number.NaN, 1], [1]]);
    expect(Array.from(variables[0]!.dataSync(), Number.isNaN)).toEqual([true, false]);
    expect(variables[1]!.dataSync()[0]).toBeLessThan(1);
    for (const variable of variables) variable.dispose();
    optimizer.dispose();
  });

  it('refuses gradients and variables that do not belong, before anything moves', () => {
    const [a, b] = [makeVariable([0, 0], 'a'), makeVariable([0, 0, 0], 'b')];
    const [ga, gb] = [tf.ones([2]), tf.ones([3])];
    const optimizer = make();
    expect(() => optimizer.step([a, b], [ga])).toThrow(
      new TypeError(
        `${name}.step: 2 variables need 2 gradients, got 1; give one gradient for each variable, null for one that took no part in the loss`,
      ),
    );
    expect(() => optimizer.step([a, b], [ga, ga])).toThrow(
      `${name}.step: the gradient of variable 1 ('b') must have shape [3], got [2]; give the gradients in the order of the variables`,
    );
    expect([...a.dataSync()]).toEqual([0, 0]);
    optimizer.step([a, b], [ga, gb]);
    expect(() => optimizer.step([b, a], [gb, ga])).toThrow(
      `${name}.step: variable 0 was 'a' at the earlier steps, got 'b'; give the same list in the same order at every step, or make another optimizer`,
    );
    expect(() => optimizer.step([a], [ga])).toThrow(
      `${name}.step: the earlier steps had 2 variables, got 1; give the same list at every step, or make another optimizer`,
    );
    for (const tensor of [a, b, ga, gb]) tensor.dispose();
    optimizer.dispose();
  });
});
