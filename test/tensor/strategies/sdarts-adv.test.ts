import * as tf from '@tensorflow/tfjs-core';
import { defineStrategy, plainDarts } from 'noisydarts';
import { localEngine } from 'noisydarts/search';
import { type StrategySettings, sdartsAdv } from 'noisydarts/strategies';
import { describe, expect, it } from 'vitest';
import { strategyOf } from '../../../src/strategies/strategy';
import { farthest } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { everything, tinySupernet } from '../search/support';
import { passOf, softmax } from './support';

/** What a strategy of the tests does with the mixtures of a step. */
let watch: (
  mixtures: readonly tf.Tensor2D[],
  gradients: (at: readonly tf.Tensor2D[]) => readonly tf.Tensor2D[],
) => readonly tf.Tensor2D[] = (mixtures) => mixtures;

defineStrategy({
  kind: 'watched',
  weights: (alpha) => tf.softmax(alpha),
  perturb: (mixtures, _, gradients) => watch(mixtures, gradients),
});

const create = (strategy: StrategySettings) => tinySupernet(7, strategy);

/** The gradients of one step of the weights, and what the supernet holds behind it. */
async function stepOf(strategy: StrategySettings, of: 'weights' | 'alphas' = 'weights') {
  const supernet = create(strategy);
  const batch = { x: normal<tf.Rank.R4>([4, 6, 6, 1], 'x'), y: tf.tensor1d([0, 1, 1, 0], 'int32') };
  const pass = of === 'weights' ? 0 : 1;
  const { loss, grads } = await localEngine(supernet).gradients(batch, of, { epoch: 0, step: 2, pass });
  const values = grads.map((grad) => [...grad!.dataSync()]);
  const state = everything(supernet);
  tf.dispose([batch.x, batch.y, ...(grads as tf.Tensor[])]);
  supernet.dispose();
  return { loss, values, state };
}

const sum = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);

describe('sdartsAdv', () => {
  leavesNoTensors();

  it.each([
    [0, 0.06],
    [2, 0.2],
  ])('climbs by signs within epsilon from a random start, in epoch %i', (epoch, epsilon) => {
    const settings = sdartsAdv({ from: 0.06, to: 0.2, epochs: 3, steps: 3 });
    const alphas = [
      [
        [1, -2, 0.5],
        [0, 3, 0],
      ],
      [[2, -0.25]],
    ];
    const draws = (size: number) => Array.from({ length: size }, (_, i) => (0.37 + i * 0.618034) % 1);
    // Slopes of any loss do: these turn with the mixture, so that the order of the steps counts.
    const slope = (weight: number, k: number) => Math.sin(40 * weight + k);
    const actual = tf.tidy(() => {
      const mixtures = alphas.map((alpha) => tf.softmax(tf.tensor2d(alpha)));
      const uniform = (shape: readonly number[]) => tf.tensor(draws(shape[0]! * shape[1]!), [...shape]);
      const passes = mixtures.map(() => passOf(settings, { epoch, uniform }));
      const moved = strategyOf(settings).perturb!(mixtures, passes, (at) =>
        at.map((mixture) => tf.tensor2d(mixture.arraySync().map((row) => row.map(slope)))),
      );
      return moved.map((mixture) => mixture.arraySync());
    });
    const toMixture = (row: readonly number[]) => {
      const clipped = row.map((value) => Math.min(1, Math.max(0, value)));
      return clipped.map((value) => value / sum(clipped));
    };
    alphas.forEach((alpha, i) => {
      alpha.forEach((row, edge) => {
        const p = softmax(row);
        let at = toMixture(p.map((value, k) => value + epsilon * (2 * draws(6)[edge * row.length + k]! - 1)));
        for (let step = 0; step < 3; step++)
          at = toMixture(
            at.map((value, k) => {
              const moved = value + (2 * epsilon * Math.sign(slope(value, k))) / 3 - p[k]!;
              return p[k]! + Math.min(epsilon, Math.max(-epsilon, moved));
            }),
          );
        expect(farthest(`edge ${edge} of alpha ${i}`, actual[i]![edge]!, at, 1e-5)).toEqual([]);
      });
    });
  });

  it('is given the gradients of the loss of its own step, noise and all, at the mixtures it asks for', async () => {
    const supernet = create({ kind: 'watched' });
    const [x, y] = [normal<tf.Rank.R4>([4, 6, 6, 1], 'x'), tf.tensor1d([0, 1, 1, 0], 'int32')];
    const moment = { epoch: 0, step: 2, pass: 0 };
    const mixture = [0.5, 0.3, 0.2];
    const rows = () => Array.from({ length: 5 }, () => [...mixture]);
    let slopes: number[][] = [];
    watch = (mixtures, gradients) => {
      const at = mixtures.map(() => tf.tensor2d(rows()));
      slopes = gradients(at)[0]!.arraySync();
      return mixtures;
    };
    const { grads } = await localEngine(supernet).gradients({ x, y }, 'weights', moment);
    const lossAt = (edge: number, k: number, by: number) => {
      const normal = rows();
      normal[edge]![k]! += by;
      return tf.tidy(() =>
        supernet.withMixtures({ normal, reduce: rows() }, () =>
          supernet.loss({ x, y }, { training: true, updateStatistics: false, moment }).arraySync(),
        ),
      );
    };
    const h = 1e-2;
    for (const [edge, k] of [
      [0, 0],
      [4, 2],
    ] as const) {
      const difference = (lossAt(edge, k, h) - lossAt(edge, k, -h)) / (2 * h);
      expect(Math.abs(difference)).toBeGreaterThan(1e-3);
      expect(slopes[edge]![k]! / difference).toBeCloseTo(1, 1);
    }
    tf.dispose([x, y, ...(grads as tf.Tensor[])]);
    supernet.dispose();
  });

  it('leaves a step as it is where it moves nothing, running statistics too', async () => {
    watch = (mixtures, gradients) => {
      gradients(mixtures);
      return mixtures;
    };
    expect(await stepOf({ kind: 'watched' })).toEqual(await stepOf(plainDarts()));
  });

  it('takes the step of the weights at a larger loss, and that of alpha at its own', async () => {
    const wide = sdartsAdv({ from: 0.3 });
    const [plain, moved] = [await stepOf(plainDarts()), await stepOf(wide)];
    expect(moved.loss).toBeGreaterThan(plain.loss + 1e-3);
    expect(await stepOf(wide)).toEqual(moved);
    expect(await stepOf(wide, 'alphas')).toEqual(await stepOf(plainDarts(), 'alphas'));
  });

  it('leaves nothing behind where the loss cannot be computed', async () => {
    const supernet = create(sdartsAdv());
    const x = normal<tf.Rank.R4>([4, 6, 6, 1], 'x');
    const y = tf.tensor1d([0, 1, 1], 'int32');
    const before = tf.memory().numTensors;
    const engine = localEngine(supernet);
    await expect(engine.gradients({ x, y }, 'weights', { epoch: 0, step: 0, pass: 0 })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, y]);
    supernet.dispose();
  });

  it('refuses what cannot be', () => {
    expect(() => sdartsAdv({ steps: 0 })).toThrow(/^sdartsAdv: steps must be a positive integer, got 0/);
    expect(() =>
      strategyOf(sdartsAdv({ from: 1 }) && ({ ...sdartsAdv(), epsilon: { from: 0 } } as never)),
    ).toThrow('sdartsAdv: from must be a finite number above 0, got 0; correct it or leave it out');
  });
});
