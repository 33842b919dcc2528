import * as tf from '@tensorflow/tfjs-core';
import { gdas, strategyOf } from 'noisydarts';
import { describe, expect, it } from 'vitest';
import { expectNear } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { passOf, softmax, weightsOf } from './support';

describe('gdas', () => {
  leavesNoTensors();

  const row = [0.5, -1, 0, 1.2];

  it('uses one operation an edge, as often as the softmax of alpha says', () => {
    const edges = 20_000;
    const drawn = weightsOf(
      gdas(),
      Array.from({ length: edges }, () => row),
    );
    for (const weights of drawn) expect([...weights].sort()).toEqual([0, 0, 0, 1]);
    softmax(row).forEach((p, k) => {
      const share = drawn.reduce((sum, weights) => sum + weights[k]!, 0) / edges;
      // Four standard errors of a share.
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / edges));
    });
  });

  it('has the gradient of the softmax at the temperature of the epoch', () => {
    const settings = gdas({ from: 4, to: 0.5, epochs: 8 });
    const u = tf.tensor2d([[0.3, 0.9, 0.5, 0.2]]);
    const cotangent = tf.tensor2d([[1, -2, 0.5, 3]]);
    const alpha = tf.tensor2d([row]);
    for (const [epoch, temperature] of [
      [0, 4],
      [7, 0.5],
      [20, 0.5],
    ] as const) {
      const [actual, expected] = tf.tidy(() => {
        const pass = passOf(settings, { epoch, uniform: () => tf.clone(u) });
        const hard = (a: tf.Tensor) =>
          tf.sum(tf.mul(strategyOf(settings).weights(a as tf.Tensor2D, pass), cotangent));
        const soft = (a: tf.Tensor) => {
          const gumbel = tf.neg(tf.log(tf.neg(tf.log(u))));
          return tf.sum(tf.mul(tf.softmax(tf.div(tf.add(tf.logSoftmax(a), gumbel), temperature)), cotangent));
        };
        return [tf.grad(hard)(alpha), tf.grad(soft)(alpha)];
      });
      expectNear(actual!, expected!.dataSync());
      tf.dispose([actual, expected]);
    }
    tf.dispose([u, cotangent, alpha]);
  });

  it('uses the most probable operation outside training', () => {
    expect(weightsOf(gdas(), [row, [2, 1, 0, 0]], { training: false })).toEqual([
      [0, 0, 0, 1],
      [1, 0, 0, 0],
    ]);
  });

  it('survives draws at the ends of their range', () => {
    for (const end of [0, 1]) {
      const [weights] = weightsOf(gdas(), [row], { uniform: (shape) => tf.fill([...shape], end) });
      expect(weights).toEqual([0, 0, 0, 1]);
    }
  });

  it('refuses a temperature of 0', () => {
    expect(() => strategyOf(gdas({ to: 0 }))).toThrow(
      'gdas: the temperature must be a finite number above 0, got 0; leave it out',
    );
  });
});
