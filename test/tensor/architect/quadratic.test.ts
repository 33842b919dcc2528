import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArchGradient, createArchitect, passes } from '../../../src/architect';
import { lossGradients, sgd } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import {
  expectClose,
  firstOrderGradient,
  plus,
  problem,
  quadratic,
  scaled,
  secondOrderGradient,
  trainSlope,
  validLoss,
} from './support';

leavesNoTensors();

let model: ReturnType<typeof quadratic>;
beforeEach(() => {
  model = quadratic();
});
afterEach(() => model.dispose());

const batches = { train: 'train', valid: 'valid', epoch: 4, step: 9 } as const;

function numbers({ grads, validLoss, trainLoss }: ArchGradient) {
  const result = { grad: [...grads[0]!.dataSync()], validLoss: validLoss.dataSync()[0]! };
  for (const tensor of [...grads, validLoss, trainLoss]) tensor?.dispose();
  return result;
}

describe('first order', () => {
  const build = () => createArchitect({ model, optimizer: sgd({ learningRate: 0.5 }) });

  it('is the gradient of the validation loss at the weights', () => {
    const { grad, validLoss: loss } = numbers(build().gradient(batches));
    expectClose(grad, firstOrderGradient(problem.w, problem.alpha), 1e-6);
    expect(loss).toBeCloseTo(validLoss(problem.w, problem.alpha), 5);
  });

  it('asks for one validation pass, in training mode, and says where it stands', () => {
    numbers(build().gradient(batches));
    expect(model.asked).toEqual([
      { batch: 'valid', training: true, moment: { epoch: 4, step: 9, pass: passes.valid } },
    ]);
  });

  it('steps alpha by its optimizer and leaves the weights', () => {
    const { validLoss: loss, trainLoss } = build().step(batches);
    loss.dispose();
    expect(trainLoss).toBeNull();
    const gradient = firstOrderGradient(problem.w, problem.alpha);
    expectClose(model.alpha(), plus(problem.alpha, scaled(-0.5, gradient)), 1e-6);
    expect(model.weights()).toEqual([...Float32Array.from(problem.w)]);
  });
});

describe('second order', () => {
  const xi = 0.3;
  const build = (weightOptimizer = sgd({ learningRate: xi })) =>
    createArchitect({ model, order: 'second', optimizer: sgd({ learningRate: 0.5 }), weightOptimizer });

  /** Trains w for some steps, so that there is a momentum buffer; returns the buffer as the rule has it. */
  function train(optimizer: ReturnType<typeof sgd>, steps: number): number[] {
    let [w, buffer]: [number[], number[] | null] = [[...problem.w], null];
    for (let step = 0; step < steps; step++) {
      const { loss, grads } = lossGradients(
        () => model.loss('train', { training: false, moment: { epoch: 0, step, pass: 0 } }),
        model.weightVariables(),
      );
      optimizer.step(model.weightVariables(), grads);
      tf.dispose([loss, ...(grads as tf.Tensor[])]);
      const slope = plus(trainSlope(w, problem.alpha), scaled(optimizer.weightDecay, w));
      buffer = buffer ? plus(scaled(optimizer.momentum, buffer), slope) : slope;
      const direction = optimizer.nesterov ? plus(slope, scaled(optimizer.momentum, buffer)) : buffer;
      w = plus(w, scaled(-optimizer.learningRate, direction));
    }
    expectClose(model.weights(), w, 1e-5);
    model.asked.length = 0;
    return buffer!;
  }

  it('is the gradient through the step, for plain descent', () => {
    const ahead = plus(problem.w, scaled(-xi, trainSlope(problem.w, problem.alpha)));
    const { grad, validLoss: loss } = numbers(build().gradient(batches));
    expectClose(grad, secondOrderGradient(ahead, problem.alpha, xi), 1e-5);
    expect(loss).toBeCloseTo(validLoss(ahead, problem.alpha), 5);
    expect(Math.abs(grad[0]! - firstOrderGradient(problem.w, problem.alpha)[0]!)).toBeGreaterThan(0.1);
  });

  it('includes weight decay', () => {
    const slope = plus(trainSlope(problem.w, problem.alpha), scaled(0.4, problem.w));
    const ahead = plus(problem.w, scaled(-xi, slope));
    const { grad } = numbers(build(sgd({ learningRate: xi, weightDecay: 0.4 })).gradient(batches));
    expectClose(grad, secondOrderGradient(ahead, problem.alpha, xi), 1e-5);
  });

  it.each([1, 3])('includes the momentum buffer left by %i weight steps', (steps) => {
    const optimizer = sgd({ learningRate: xi, momentum: 0.9, weightDecay: 0.1 });
    const buffer = train(optimizer, steps);
    const w = model.weights();
    const slope = plus(scaled(0.9, buffer), trainSlope(w, problem.alpha), scaled(0.1, w));
    const ahead = plus(w, scaled(-xi, slope));
    const { grad } = numbers(build(optimizer).gradient(batches));
    expectClose(grad, secondOrderGradient(ahead, problem.alpha, xi), 1e-5);
    optimizer.dispose();
  });

  it('follows Nesterov momentum, whose step size is xi (1 + m)', () => {
    const optimizer = sgd({ learningRate: xi, momentum: 0.5, nesterov: true });
    const buffer = train(optimizer, 2);
    const w = model.weights();
    const slope = trainSlope(w, problem.alpha);
    const next = plus(scaled(0.5, buffer), slope);
    const ahead = plus(w, scaled(-xi, plus(slope, scaled(0.5, next))));
    const { grad } = numbers(build(optimizer).gradient(batches));
    expectClose(grad, secondOrderGradient(ahead, problem.alpha, 1.5 * xi), 1e-5);
    optimizer.dispose();
  });

  it('uses the learning rate of the moment', () => {
    const optimizer = sgd({ learningRate: 5 });
    const architect = build(optimizer);
    optimizer.learningRate = xi;
    const ahead = plus(problem.w, scaled(-xi, trainSlope(problem.w, problem.alpha)));
    expectClose(
      numbers(architect.gradient(batches)).grad,
      secondOrderGradient(ahead, problem.alpha, xi),
      1e-5,
    );
  });

  it('asks for four passes; those of one difference share their draws, and only the one ahead leaves no trace', () => {
    numbers(build().gradient(batches));
    const asked = (batch: 'train' | 'valid') => ({
      batch,
      training: true,
      moment: { epoch: 4, step: 9, pass: passes[batch] },
    });
    expect(model.asked).toEqual([asked('train'), asked('valid'), asked('train'), asked('train')]);
    expect(model.counter.dataSync()[0]).toBe(3);
  });

  it('leaves the weights and their optimizer as they were, to the bit', () => {
    const optimizer = sgd({ learningRate: xi, momentum: 0.9, weightDecay: 3e-4 });
    train(optimizer, 2);
    const [weights, alpha, state] = [model.weights(), model.alpha(), optimizer.state()];
    const architect = build(optimizer);
    for (let i = 0; i < 5; i++) numbers(architect.gradient(batches));
    expect(model.weights()).toEqual(weights);
    expect(model.alpha()).toEqual(alpha);
    expect(optimizer.state()).toEqual(state);
    for (let i = 0; i < 5; i++) tf.dispose(Object.values(architect.step(batches)) as tf.Tensor[]);
    expect(model.weights()).toEqual(weights);
    expect(model.alpha()).not.toEqual(alpha);
    optimizer.dispose();
  });

  it('puts the weights back when a pass fails, and leaves no tensor', () => {
    const weights = model.weights();
    const architect = build();
    const { loss } = model;
    for (const failing of [1, 2, 3, 4]) {
      let calls = 0;
      model.loss = (...args) => {
        calls += 1;
        if (calls === failing) throw new Error('device lost');
        return loss(...args);
      };
      expect(() => architect.gradient(batches)).toThrow('device lost');
      expect(model.weights()).toEqual(weights);
    }
  });

  it('is the first-order gradient at the point ahead where the validation loss does not ask for w', () => {
    const { loss } = model;
    model.loss = (batch, options) =>
      batch === 'train'
        ? loss(batch, options)
        : (tf.add(
            tf.sum(tf.square(model.archVariables()[0]!)),
            tf.mul(tf.sum(model.weightVariables()[0]!), 0),
          ) as tf.Scalar);
    const { grad } = numbers(build().gradient(batches));
    expectClose(grad, scaled(2, problem.alpha), 1e-6);
  });

  it('leaves a weight alone that the training loss does not ask for', () => {
    const extra = tf.tidy(() => tf.variable(tf.scalar(2)));
    const { loss } = model;
    const weights = model.weightVariables();
    model.weightVariables = () => [...weights, extra];
    model.loss = (batch, options) =>
      batch === 'train'
        ? loss(batch, options)
        : (tf.add(loss(batch, options), tf.mul(tf.square(extra), 50)) as tf.Scalar);
    const ahead = plus(problem.w, scaled(-xi, trainSlope(problem.w, problem.alpha)));
    const { grad } = numbers(build(sgd({ learningRate: xi, weightDecay: 0 })).gradient(batches));
    expectClose(grad, secondOrderGradient(ahead, problem.alpha, xi), 1e-5);
    expect(extra.dataSync()[0]).toBe(2);
    extra.dispose();
  });
});

describe('createArchitect', () => {
  const optimizer = sgd({ learningRate: 1 });

  it('refuses a variable that is both alpha and weight', () => {
    const alpha = model.archVariables()[0]!;
    const leaky = { ...model, weightVariables: () => [...model.weightVariables(), alpha] };
    expect(() => createArchitect({ model: leaky, optimizer })).toThrow(
      new TypeError(
        `createArchitect: architecture and weight variables must be disjoint, got '${alpha.name} in both'; leave alpha out of weightVariables(), or both optimizers will move it`,
      ),
    );
  });

  it('refuses an unknown order, a second order without weight optimizer, and a radius of 0', () => {
    expect(() => createArchitect({ model, optimizer, order: 'third' as never })).toThrow(
      "createArchitect: order must be 'first' or 'second', got 'third'; correct it or leave it out",
    );
    expect(() => createArchitect({ model, optimizer, order: 'second' } as never)).toThrow(
      'createArchitect: the second order needs a weightOptimizer with preview() and stepSize, got undefined; pass the sgd() that trains the weights',
    );
    expect(() =>
      createArchitect({ model, optimizer, order: 'second', weightOptimizer: optimizer, r: 0 }),
    ).toThrow(
      new RangeError('createArchitect: r must be a finite number above 0, got 0; correct it or leave it out'),
    );
  });

  it('refuses alpha that tfjs would leave out of the gradient', () => {
    model.archVariables()[0]!.trainable = false;
    expect(() => createArchitect({ model, optimizer }).gradient(batches)).toThrow(
      /^lossGradients: every variable must be trainable, got '.* with trainable = false'/,
    );
  });
});
