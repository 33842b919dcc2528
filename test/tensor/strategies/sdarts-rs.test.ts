import * as tf from '@tensorflow/tfjs-core';
import { sdartsRs } from 'noisydarts';
import { describe, expect, it } from 'vitest';
import { strategyOf } from '../../../src/strategies/strategy';
import { leavesNoTensors } from '../../support/memory';
import { softmax, weightsOf } from './support';

describe('sdartsRs', () => {
  leavesNoTensors();

  const settings = sdartsRs({ from: 0.05, to: 0.2, epochs: 4 });
  const alpha = Array.from({ length: 3000 }, () => [0.3, -0.2, 0.1]);

  it.each([
    [0, 0.05],
    [1, 0.1],
    [3, 0.2],
    [9, 0.2],
  ])('moves the weights of a step of epoch %i by up to %f, evenly', (epoch, epsilon) => {
    const p = softmax(alpha[0]!);
    const draws = Array.from({ length: 3 * alpha.length }, (_, i) => ((i * 0.618034) % 1) as number);
    const uniform = (shape: readonly number[]) => tf.tensor(draws, [...shape]);
    const weights = weightsOf(settings, alpha, { epoch, uniform });
    for (const [edge, row] of weights.entries()) {
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      const moved = p.map((value, k) => value + epsilon * (2 * draws[3 * edge + k]! - 1));
      const sum = moved.reduce((a, b) => a + b);
      row.forEach((weight, k) => {
        expect(weight).toBeCloseTo(moved[k]! / sum, 5);
      });
    }
  });

  it('keeps weights between 0 and 1, and gives all to the largest where nothing is left', () => {
    const wide = sdartsRs({ from: 1, to: 1 });
    const low = (shape: readonly number[]) => tf.zeros([...shape]);
    expect(weightsOf(wide, [[0.3, -0.2, 0.1]], { uniform: low })).toEqual([[1, 0, 0]]);
    for (const row of weightsOf(wide, alpha)) {
      expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
  });

  it('leaves the steps of alpha and evaluation alone', () => {
    for (const pass of [{ weightStep: false }, { weightStep: false, training: false }]) {
      const [row] = weightsOf(settings, [[0.3, -0.2, 0.1]], pass);
      softmax(alpha[0]!).forEach((p, k) => {
        expect(row![k]).toBeCloseTo(p, 6);
      });
    }
  });

  it('refuses an epsilon of 0', () => {
    expect(() => strategyOf(sdartsRs({ from: 0 }))).toThrow(
      'sdartsRs: from must be a finite number above 0, got 0; correct it or leave it out',
    );
  });
});
