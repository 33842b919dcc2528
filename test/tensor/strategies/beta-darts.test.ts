import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, type SearchOptions, search } from 'noisydarts';
import { betaDarts } from 'noisydarts/strategies';
import { describe, expect, it } from 'vitest';
import { strategyOf } from '../../../src/strategies/strategy';
import { expectNear } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { halves, tinySpace } from '../search/support';
import { softmax, weightsOf } from './support';

describe('betaDarts', () => {
  leavesNoTensors();

  const alphas = [
    [
      [1, -2, 0.5],
      [0, 3, 0],
    ],
    [[2, -0.25]],
  ];

  it('weighs as DARTS does', () => {
    const [row] = weightsOf(betaDarts(), [[0.4, -1, 2]]);
    softmax([0.4, -1, 2]).forEach((p, k) => {
      expect(row![k]).toBeCloseTo(p, 6);
    });
  });

  it.each([0, 1, 6])('adds growth * epoch * mean over edges of logsumexp in epoch %i', (epoch) => {
    const settings = betaDarts({ growth: 0.25 });
    const tensors = alphas.map((rows) => tf.tensor2d(rows));
    const { value, grads } = tf.valueAndGrads((...given) =>
      strategyOf(settings).penalty!(given as tf.Tensor2D[], settings, epoch),
    )(tensors);
    const edges = alphas.flat();
    const sum = edges.reduce((all, row) => all + Math.log(row.reduce((p, a) => p + Math.exp(a), 0)), 0);
    expectNear(value, [(0.25 * epoch * sum) / 3]);
    grads.forEach((grad, i) => {
      expectNear(
        grad,
        alphas[i]!.flatMap((row) => softmax(row).map((p) => (0.25 * epoch * p) / 3)),
      );
    });
    tf.dispose([value, tensors, grads]);
  });

  it('moves alpha by the epoch of the search, from the second epoch on', async () => {
    const alphaWith = async (growth: number) => {
      const supernet = createSupernet({
        space: tinySpace,
        strategy: betaDarts({ growth }),
        channels: 2,
        cells: 3,
        classes: 2,
        seed: 7,
        inputShape: [6, 6, 1],
      });
      const options: SearchOptions = {
        supernet,
        train: halves('train', 4),
        valid: halves('valid', 4),
        epochs: 2,
        batchSize: 4,
        alpha: { weightDecay: 0 },
      };
      const values: string[] = [];
      for await (const event of search(options)) {
        if (event.type === 'epoch')
          values.push(String(supernet.archVariables().map((v) => [...v.dataSync()])));
      }
      supernet.dispose();
      return values;
    };
    const [none, much] = [await alphaWith(0), await alphaWith(1000)];
    expect(much[0]).toBe(none[0]);
    expect(much[1]).not.toBe(none[1]);
  });

  it('refuses a negative growth', () => {
    expect(() => strategyOf(betaDarts({ growth: -1 }))).toThrow(
      'betaDarts: growth must be a finite number of at least 0, got -1; correct it or leave it out',
    );
  });
});
