import * as tf from '@tensorflow/tfjs-core';
import { NoiseSource } from 'noisydarts/layers';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';

describe('NoiseSource', () => {
  leavesNoTensors();

  /** What the layer makes of maps full of a value. */
  function draw(value: number, step: number, seed = 1, training = true): Float32Array {
    return tf.tidy(() => {
      const layer = new NoiseSource({ name: 'noise', seed, stride: 2 });
      const x = tf.fill<tf.Rank.R4>([8, 16, 16, 10], value);
      const y = layer.apply(x, { training, moment: { epoch: 0, step, pass: 0 } }) as tf.Tensor4D;
      expect(y.shape).toEqual([8, 8, 8, 10]);
      return y.dataSync() as Float32Array;
    });
  }

  it('is standard normal whatever comes in', () => {
    const values = draw(1000, 0);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    const beyond = values.reduce((count, v) => count + Number(Math.abs(v) > 1.96), 0) / values.length;
    // Four standard errors of 5120 draws.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(values.length));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
    expect(Math.abs(beyond - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / values.length));
    expect(draw(0, 0)).toEqual(values);
    expect(draw(0, 0, 1, false)).toEqual(values);
  });

  it('draws afresh at every moment and for every seed', () => {
    expect(draw(0, 1)).not.toEqual(draw(0, 0));
    expect(draw(0, 0, 2)).not.toEqual(draw(0, 0));
  });

  it('lets no gradient through', () => {
    tf.tidy(() => {
      const layer = new NoiseSource({ name: 'noise', seed: 1 });
      const x = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
      const of = (input: tf.Tensor4D) => tf.sum(tf.add(layer.apply(input) as tf.Tensor, tf.mul(input, 3)));
      expect([
        ...tf
          .grad(of as (x: tf.Tensor) => tf.Tensor)(x)
          .dataSync(),
      ]).toEqual([3, 3, 3, 3]);
    });
  });
});
