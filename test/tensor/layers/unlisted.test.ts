import * as tf from '@tensorflow/tfjs-core';
import { LayerVariable } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { ReluConvBN } from '../../../src/layers';
import { unlistedWeight } from '../../../src/layers/unlisted';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

it('a weight is what tfjs-layers makes, and its name is not on the list that tfjs-layers keeps for ever', () => {
  const layer = new ReluConvBN({ name: 'never_listed', filters: 2 });
  tf.tidy(() => {
    layer.apply(tf.zeros([1, 2, 2, 1]));
    const value = tf.zeros([2, 3]);
    const [first, second] = [0, 1].map(() => unlistedWeight(value, 'never_listed/value', true));
    expect(first!.name).not.toBe(second!.name);
    // The first of its name that tfjs hears of.
    for (const { originalName } of [...layer.weights, first!]) {
      const own = new LayerVariable(value, 'float32', originalName);
      expect(own.name).toBe(originalName);
      expect(Object.keys(first!).sort()).toEqual(Object.keys(own).sort());
      own.dispose();
    }
    for (const weight of [first!, second!]) {
      weight.write(tf.ones([2, 3]));
      expect([...weight.read().dataSync()]).toEqual(Array(6).fill(1));
      weight.trainable = false;
      expect((weight.read() as tf.Variable).trainable).toBe(false);
      weight.dispose();
    }
  });
  layer.dispose();
});
