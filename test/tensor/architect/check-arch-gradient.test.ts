import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Architect, checkArchGradient, createArchitect } from '../../../src/architect';
import { lossGradients, sgd } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import { type Points, points, problem, quadratic, smoothNetwork } from './support';

leavesNoTensors();

let model: ReturnType<typeof smoothNetwork>;
let data: ReturnType<typeof points>;
let weightOptimizer: ReturnType<typeof sgd>;

beforeEach(() => {
  model = smoothNetwork();
  data = points();
  weightOptimizer = sgd({ learningRate: 0.2, momentum: 0.9, weightDecay: 0.3 });
  // Two steps, so that there is a momentum buffer to forget.
  for (let step = 0; step < 2; step++) {
    const { loss, grads } = lossGradients(
      () => model.loss(data.train, { training: true, moment: { epoch: 0, step, pass: 0 } }),
      model.weightVariables(),
    );
    weightOptimizer.step(model.weightVariables(), grads);
    tf.dispose([loss, ...(grads as tf.Tensor[])]);
  }
});

afterEach(() => {
  model.dispose();
  data.dispose();
  weightOptimizer.dispose();
});

const optimizer = sgd({ learningRate: 1 });
const first = () => createArchitect({ model, optimizer });
const second = () => createArchitect({ model, optimizer, order: 'second', weightOptimizer });

/** The architect with its gradient tampered with, beside the first-order gradient at the weights ahead. */
function planted(
  change: (parts: { gradient: tf.Tensor; direct: tf.Tensor; implicit: tf.Tensor }) => tf.Tensor,
): Architect<Points> {
  const architect = second();
  return {
    ...architect,
    gradient(batches) {
      const whole = architect.gradient(batches);
      return tf.tidy(() => {
        const weights = model.weightVariables();
        const train = () =>
          model.loss(data.train, { training: true, moment: { epoch: 0, step: 0, pass: 2 } });
        const ahead = weightOptimizer.preview(weights, lossGradients(train, weights).grads);
        const saved = weights.map((weight) => tf.clone(weight));
        for (const [i, weight] of weights.entries()) weight.assign(ahead[i]!);
        const valid = () =>
          model.loss(data.valid, { training: true, moment: { epoch: 0, step: 0, pass: 1 } });
        const direct = lossGradients(valid, model.archVariables()).grads as tf.Tensor[];
        for (const [i, weight] of weights.entries()) weight.assign(saved[i]!);
        return {
          ...whole,
          grads: whole.grads.map((gradient, i) => {
            // gradient = direct - implicit
            const implicit = tf.sub(direct[i]!, gradient!);
            const result = change({ gradient: gradient!, direct: direct[i]!, implicit });
            gradient!.dispose();
            return result;
          }),
        } as never;
      });
    },
  };
}

describe('checkArchGradient', () => {
  it.each([
    ['first', first],
    ['second', second],
  ])('passes the %s-order architect, on every element', async (_, make) => {
    const report = await checkArchGradient(make(), data, { elements: Infinity });
    expect(report).toMatchObject({ passed: true, verdict: 'right', moved: [], clear: 5 });
    expect(report.error).toBeLessThan(0.002);
    expect(report.factor).toBeCloseTo(1, 2);
    expect(report.elements.map(({ variable, index }) => `${variable}.${index}`).sort()).toEqual(
      model
        .archVariables()
        .flatMap((alpha) => Array.from({ length: alpha.size }, (_, i) => `${alpha.name}.${i}`))
        .sort(),
    );
  });

  it('holds the two orders apart: each fails as the other', async () => {
    const asFirst = await checkArchGradient({ ...second(), unroll: null }, data);
    expect(asFirst.passed).toBe(false);
    const asSecond = await checkArchGradient({ ...first(), unroll: weightOptimizer }, data);
    expect(asSecond.passed).toBe(false);
  });

  it('fails on a planted sign error, of the whole and of the second-order term alone', async () => {
    const whole = await checkArchGradient(
      planted(({ gradient }) => tf.neg(gradient)),
      data,
    );
    expect(whole).toMatchObject({ passed: false, verdict: 'wrong' });
    expect(whole.factor).toBeCloseTo(-1, 2);
    const term = await checkArchGradient(
      planted(({ direct, implicit }) => tf.add(direct, implicit)),
      data,
    );
    expect(term).toMatchObject({ passed: false, verdict: 'wrong' });
    // The planting itself is sound: undone, it passes.
    const sound = await checkArchGradient(
      planted(({ direct, implicit }) => tf.sub(direct, implicit)),
      data,
    );
    expect(sound.passed).toBe(true);
  });

  it('fails on a planted missing factor: 2 in the difference, xi, the whole term', async () => {
    const factors = { two: 2, xi: 1 / 0.2, half: 0.5, none: 0 };
    for (const [name, factor] of Object.entries(factors)) {
      const report = await checkArchGradient(
        planted(({ direct, implicit }) => tf.sub(direct, tf.mul(implicit, factor))),
        data,
      );
      expect(report.verdict, name).toBe('wrong');
    }
  });

  it('fails on a lookahead without momentum or without weight decay', async () => {
    const without = async (options: { momentum?: number; weightDecay?: number }) => {
      const forgetful = sgd({ learningRate: 0.2, momentum: 0.9, weightDecay: 0.3, ...options });
      if (options.momentum === undefined) forgetful.restore(weightOptimizer.state());
      const architect = createArchitect({ model, optimizer, order: 'second', weightOptimizer: forgetful });
      const report = await checkArchGradient({ ...architect, unroll: weightOptimizer }, data, {
        tolerance: 0.005,
      });
      forgetful.dispose();
      return report.passed;
    };
    expect(await without({})).toBe(true);
    expect(await without({ momentum: 0 })).toBe(false);
    expect(await without({ weightDecay: 0 })).toBe(false);
  });

  it('fails an architect that leaves the weights moved, names them, and puts them back', async () => {
    const weight = model.weightVariables()[1]!;
    const before = weight.dataSync().slice();
    const architect = first();
    const report = await checkArchGradient(
      {
        ...architect,
        gradient(batches) {
          const result = architect.gradient(batches);
          tf.tidy(() => weight.assign(tf.add(weight, 1e-6)));
          return result;
        },
      },
      data,
    );
    expect(report).toMatchObject({ passed: false, verdict: 'wrong' });
    expect(report.error).toBeLessThan(0.01);
    expect(report.moved).toEqual([weight.name]);
    expect(weight.dataSync().slice()).toEqual(before);
  });

  it('is at home with noise, because a pass draws the same noise each time', async () => {
    const noisy = smoothNetwork({ noise: 0.5 });
    const architect = createArchitect({
      model: noisy,
      optimizer,
      order: 'second',
      weightOptimizer: sgd({ learningRate: 0.2 }),
    });
    const report = await checkArchGradient(architect, { ...data, step: 3 });
    expect(report.passed).toBe(true);
    noisy.dispose();
  });

  it('is undecided where the loss is too rough for differences, and says nothing against the architect', async () => {
    const { loss } = model;
    const rough = {
      ...model,
      loss: (...args: Parameters<typeof loss>) =>
        tf.add(
          loss(...args),
          tf.sum(
            tf.concat(model.archVariables().map((alpha) => tf.sin(tf.mul(tf.reshape(alpha, [-1]), 900)))),
          ),
        ) as tf.Scalar,
    };
    const report = await checkArchGradient(createArchitect({ model: rough, optimizer }), data);
    expect(report).toMatchObject({ passed: false, verdict: 'undecided', moved: [] });
    expect(report.clear).toBeLessThan(3);
  });

  it('takes an element of alpha without a gradient as 0', async () => {
    const architect = first();
    const report = await checkArchGradient(
      {
        ...architect,
        gradient(batches) {
          const result = architect.gradient(batches);
          result.grads[1]!.dispose();
          return { ...result, grads: [result.grads[0]!, null] };
        },
      },
      data,
      { elements: Infinity },
    );
    const name = model.archVariables()[1]!.name;
    expect(
      report.elements.filter(({ variable }) => variable === name).map(({ gradient }) => gradient),
    ).toEqual([0, 0]);
  });

  it('leaves alpha, weights, running statistics and the optimizer as they were, to the bit', async () => {
    const other = quadratic();
    const weights = sgd({ learningRate: 0.2, momentum: 0.9 });
    const report = await checkArchGradient(
      createArchitect({ model: other, optimizer, order: 'second', weightOptimizer: weights }),
      { train: 'train', valid: 'valid' },
    );
    expect(report.passed).toBe(true);
    expect(other.alpha()).toEqual([...Float32Array.from(problem.alpha)]);
    expect(other.weights()).toEqual([...Float32Array.from(problem.w)]);
    expect(other.counter.dataSync()[0]).toBe(0);
    expect(weights.state().tensors).toEqual([]);
    other.dispose();
  });

  it('draws as many elements as asked, by seed', async () => {
    const draw = async (seed: number) => {
      const { elements } = await checkArchGradient(first(), data, { elements: 3, seed });
      return elements.map(({ variable, index }) => `${variable}.${index}`);
    };
    const [a, again] = [await draw(1), await draw(1)];
    expect(a).toHaveLength(3);
    expect(new Set(a).size).toBe(3);
    expect(again).toEqual(a);
    const others = await Promise.all([2, 3, 4, 5].map(draw));
    expect(others.some((other) => other.join() !== a.join())).toBe(true);
  });

  it('refuses options out of range', async () => {
    await expect(checkArchGradient(first(), data, { step: 0 })).rejects.toThrow(
      new RangeError('checkArchGradient: step must be above 0, got 0; leave it out'),
    );
    await expect(checkArchGradient(first(), data, { elements: Number.NaN })).rejects.toThrow(
      'checkArchGradient: elements must be above 0, got NaN; leave it out',
    );
  });
});
