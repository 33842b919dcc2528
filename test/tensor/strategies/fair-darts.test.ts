import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, fairDarts } from 'noisydarts';
import { describe, expect, it } from 'vitest';
import { strategyOf } from '../../../src/strategies/strategy';
import { expectNear } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { tinySpace } from '../search/support';
import { weightsOf } from './support';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe('fairDarts', () => {
  leavesNoTensors();

  it('weighs every candidate by the sigmoid of its own alpha', () => {
    const [first] = weightsOf(fairDarts(), [[-1, 0, 2]]);
    [-1, 0, 2].forEach((alpha, k) => {
      expect(first![k]).toBeCloseTo(sigmoid(alpha), 6);
    });
    const [second] = weightsOf(fairDarts(), [[-1, 0, 5]]);
    expect(second!.slice(0, 2)).toEqual(first!.slice(0, 2));
  });

  it('pushes weights away from one half', () => {
    const settings = fairDarts({ zeroOne: 3 });
    const alphas = [[[-1, 0.5]], [[2, -0.25]]];
    const numbers = alphas.flat(2);
    const tensors = alphas.map((rows) => tf.tensor2d(rows));
    const { value, grads } = tf.valueAndGrads((...given) =>
      strategyOf(settings).penalty!(given as tf.Tensor2D[], settings, 0),
    )(tensors);
    const mean = numbers.reduce((sum, a) => sum + (sigmoid(a) - 0.5) ** 2, 0) / 4;
    expectNear(value, [-3 * mean]);
    const slope = (a: number) => (-3 * 2 * (sigmoid(a) - 0.5) * sigmoid(a) * (1 - sigmoid(a))) / 4;
    const slopes = numbers.map(slope);
    grads.forEach((grad, i) => {
      expectNear(grad, slopes.slice(2 * i, 2 * i + 2));
    });
    tf.dispose([value, tensors, grads]);
  });

  it('is what alpha descends on, and what the search decodes', async () => {
    const supernet = createSupernet({
      space: tinySpace,
      strategy: fairDarts(),
      channels: 2,
      cells: 3,
      inputShape: [6, 6, 1],
    });
    // A whole edge far below the others: a softmax would not see it.
    const rows = Array.from({ length: 5 }, (_, edge) => (edge === 0 ? [-4, -3, -4] : [0, 1, 0]));
    for (const alpha of supernet.archVariables()) tf.tidy(() => alpha.assign(tf.tensor2d(rows)));
    const { normal } = await supernet.edgeWeights();
    expect(normal[0]![1]).toBeCloseTo(sigmoid(-3), 6);
    const genotype = supernet.genotype();
    expect(genotype.normal.slice(2)).toEqual([
      ['avg_pool_3x3', 0],
      ['avg_pool_3x3', 1],
    ]);
    expect(genotype.normal[0]).toEqual(['avg_pool_3x3', 1]);
    const penalty = supernet.penalty()!;
    const distance = rows.flat().map((a) => (sigmoid(a) - 0.5) ** 2);
    expectNear(penalty, [(-10 * distance.reduce((a, b) => a + b)) / distance.length]);
    penalty.dispose();
    supernet.dispose();
  });

  it('refuses a negative weight of the loss', () => {
    expect(() => strategyOf(fairDarts({ zeroOne: -1 }))).toThrow(
      'fairDarts: zeroOne must be a finite number of at least 0, got -1; correct it or leave it out',
    );
  });
});
