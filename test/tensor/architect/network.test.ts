import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type Architect, type BilevelModel, createArchitect, defineArchitect } from '../../../src/architect';
import { defineKernel, type KernelType, type NoAttributes } from '../../../src/kernels';
import { adam, lossGradients, sgd } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import { unregisterTestKernels } from '../../support/test-kernels';
import { type Points, points, smoothNetwork, variable } from './support';

leavesNoTensors();

function build(
  order: 'first' | 'second',
  model: BilevelModel<Points>,
  weightOptimizer: ReturnType<typeof sgd>,
) {
  const optimizer = adam({ learningRate: 3e-2, betas: [0.5, 0.999] });
  return order === 'first'
    ? createArchitect({ model, optimizer })
    : createArchitect({ model, optimizer, order, weightOptimizer });
}

describe.each(['first', 'second'] as const)('%s order', (order) => {
  it('lowers the validation loss, and keeps the number of tensors from step to step', () => {
    const [model, data] = [smoothNetwork(), points()];
    const weightOptimizer = sgd({ learningRate: 0.05, momentum: 0.9 });
    const architect = build(order, model, weightOptimizer);
    const losses: number[] = [];
    const counts = new Set<number>();
    for (let step = 0; step < 30; step++) {
      const { validLoss, trainLoss } = architect.step({ ...data, step });
      losses.push(validLoss.dataSync()[0]!);
      tf.dispose([validLoss, ...(trainLoss ? [trainLoss] : [])]);
      if (step > 0) counts.add(tf.memory().numTensors);
    }
    expect(counts.size).toBe(1);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.01);
    architect.optimizer.dispose();
    weightOptimizer.dispose();
    model.dispose();
    data.dispose();
  });

  it('gives the same step twice from the same state', () => {
    const run = () => {
      const [model, data] = [smoothNetwork({ noise: 0.3 }), points()];
      const architect = build(order, model, sgd({ learningRate: 0.05, momentum: 0.9 }));
      for (let step = 0; step < 3; step++)
        tf.dispose(Object.values(architect.step({ ...data, step })) as tf.Tensor[]);
      const alphas = model.archVariables().flatMap((alpha) => [...alpha.dataSync()]);
      architect.optimizer.dispose();
      model.dispose();
      data.dispose();
      return alphas;
    };
    expect(run()).toEqual(run());
  });
});

describe('the gradient over alpha', () => {
  afterEach(unregisterTestKernels);

  it('computes no gradient over weights in first order, nor in the difference of the second', () => {
    const computed = { alpha: 0, weight: 0 };
    const product = defineKernel<
      KernelType<
        'NoisyDartsTestCountedProduct',
        { alpha: tf.Tensor; weight: tf.Tensor },
        NoAttributes,
        tf.Tensor
      >
    >({
      name: 'NoisyDartsTestCountedProduct',
      body: ({ alpha, weight }) => tf.mul(alpha, weight),
      saveInputs: ['alpha', 'weight'],
      gradient: (dy, [alpha, weight]) => ({
        alpha: () => {
          computed.alpha += 1;
          return tf.mul(dy, weight!);
        },
        weight: () => {
          computed.weight += 1;
          return tf.mul(dy, alpha!);
        },
      }),
    });
    const [alpha, weight] = [variable(0.5), variable(2)];
    const model: BilevelModel<number> = {
      archVariables: () => [alpha],
      weightVariables: () => [weight],
      loss: (batch) => tf.square(tf.sub(product({ alpha, weight }, {}), batch)) as tf.Scalar,
    };
    const count = (architect: Architect<number>) => {
      Object.assign(computed, { alpha: 0, weight: 0 });
      const { grads, validLoss, trainLoss } = architect.gradient({ train: 3, valid: 4 });
      for (const tensor of [...grads, validLoss, trainLoss]) tensor?.dispose();
      return { ...computed };
    };
    const optimizer = sgd({ learningRate: 0.1 });
    expect(count(createArchitect({ model, optimizer }))).toEqual({ alpha: 1, weight: 0 });
    expect(count(createArchitect({ model, optimizer, order: 'second', weightOptimizer: optimizer }))).toEqual(
      {
        alpha: 3,
        weight: 2,
      },
    );
    tf.dispose([alpha, weight]);
  });
});

describe('defineArchitect', () => {
  it('makes a step of any gradient', () => {
    const [alpha, weight] = [variable(0.5), variable(2)];
    const model: BilevelModel<number> = {
      archVariables: () => [alpha],
      weightVariables: () => [weight],
      loss: (batch) => tf.square(tf.sub(tf.mul(alpha, weight), batch)) as tf.Scalar,
    };
    const ascent = defineArchitect<number>({
      model,
      optimizer: sgd({ learningRate: 1 }),
      unroll: null,
      gradient({ valid }) {
        const where = { training: true, moment: { epoch: 0, step: 0, pass: 1 } };
        const { loss, grads } = lossGradients(() => model.loss(valid, where), [alpha]);
        const uphill = tf.neg(grads[0]!);
        grads[0]!.dispose();
        return { grads: [uphill], validLoss: loss, trainLoss: null };
      },
    });
    const { validLoss } = ascent.step({ train: 0, valid: 0 });
    // d(alpha w)^2 / dalpha = 2 alpha w^2 = 4, climbed.
    expect([alpha.dataSync()[0], validLoss.dataSync()[0]]).toEqual([4.5, 1]);
    tf.dispose([validLoss, alpha, weight]);
  });
});
