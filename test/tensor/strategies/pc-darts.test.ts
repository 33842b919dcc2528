import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, gaussianNoise, MixedOp, pcDarts } from 'noisydarts';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { tinySpace } from '../search/support';
import { softmax } from './support';

function create(strategy = pcDarts({ share: 2 })) {
  return createSupernet({
    space: tinySpace,
    strategy,
    noise: gaussianNoise(),
    channels: 4,
    cells: 3,
    inputShape: [6, 6, 1],
  });
}

describe('pcDarts', () => {
  leavesNoTensors();

  it('shows the candidates a share of the channels, lets the others pass and deals all out in turn', () => {
    const edge = new MixedOp({
      candidates: ['none', 'skip_connect'],
      channelShare: 2,
      ownsAlpha: false,
    });
    const outputs = tf.tidy(() => {
      const x = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 1, 6]);
      const apply = (weights: number[]) => [
        ...(edge.apply(x, { weights: tf.tensor1d(weights) }) as tf.Tensor).dataSync(),
      ];
      return [apply([0, 1]), apply([1, 0]), apply([0, 0.5, 2])];
    });
    expect(outputs).toEqual([
      [1, 4, 2, 5, 3, 6],
      [0, 4, 0, 5, 0, 6],
      [0.5, 8, 1, 10, 1.5, 12],
    ]);
  });

  it('halves what passes by as it halves the rest', () => {
    const edge = new MixedOp({
      candidates: ['none', 'max_pool_3x3'],
      channelShare: 2,
      stride: 2,
      ownsAlpha: false,
    });
    const [shape, values] = tf.tidy(() => {
      const x = tf.reshape(tf.range(0, 18), [1, 3, 3, 2]) as tf.Tensor4D;
      const y = edge.apply(x, { weights: tf.tensor1d([1, 0]) }) as tf.Tensor4D;
      return [y.shape, [...tf.slice(y, [0, 0, 0, 1], [-1, -1, -1, 1]).dataSync()]];
    });
    expect(shape).toEqual([1, 2, 2, 2]);
    expect(values).toEqual([9, 11, 15, 17]);
    edge.dispose();
  });

  it('gives what passes by at stride 2 a gradient where each maximum is, negative or not', () => {
    const edge = new MixedOp({
      candidates: ['none', 'max_pool_3x3'],
      channelShare: 2,
      stride: 2,
      ownsAlpha: false,
    });
    const passed = tf.tidy(() => {
      const x = tf.reshape(tf.range(-18, 0), [1, 3, 3, 2]) as tf.Tensor4D;
      const grad = tf.grad((maps) => tf.sum(edge.apply(maps, { weights: tf.tensor1d([1, 0]) }) as tf.Tensor));
      return [...tf.slice(grad(x), [0, 0, 0, 1], [-1, -1, -1, 1]).dataSync()];
    });
    expect(passed).toEqual([0, 0, 0, 0, 1, 1, 0, 1, 1]);
    edge.dispose();
  });

  it('has fewer weights, and a parameter for each edge', () => {
    const whole = create(pcDarts({ share: 1, edgeNormalization: false }));
    const partial = create();
    const size = (net: typeof whole) => net.weightVariables().reduce((sum, w) => sum + w.size, 0);
    expect(size(partial)).toBeLessThan(size(whole));
    expect(whole.archVariables().map(({ shape }) => shape)).toEqual([
      [5, 3],
      [5, 3],
    ]);
    expect(partial.archVariables().map(({ shape }) => shape)).toEqual([[5, 3], [5, 3], [5], [5]]);
    whole.dispose();
    partial.dispose();
  });

  it('weighs the edges into a node among themselves, for the decoder too', async () => {
    const supernet = create();
    const [normal, , beta] = supernet.archVariables();
    // On equal alphas the edges decide: of node 1's three the first and the last.
    tf.tidy(() => {
      normal!.assign(tf.zeros([5, 3]));
      beta!.assign(tf.tensor1d([0, 1, 2, 0, 3]));
    });
    const { normal: strengths } = await supernet.edgeWeights();
    const shares = [...softmax([0, 1]), ...softmax([2, 0, 3])];
    strengths.forEach((row, edge) => {
      for (const strength of row) expect(strength).toBeCloseTo(shares[edge]! / 3, 6);
    });
    const inputs = supernet.genotype().normal.map(([, input]) => input);
    expect(inputs).toEqual([1, 0, 2, 0]);
    supernet.dispose();
  });

  it('gives the parameters of the edges a gradient', () => {
    const supernet = create();
    const x = tf.randomNormal<tf.Rank.R4>([4, 6, 6, 1], 0, 1, 'float32', 3);
    const y = tf.tensor1d([0, 1, 2, 3], 'int32');
    const betas = supernet.archVariables().slice(2);
    const { value, grads } = tf.variableGrads(() => supernet.loss({ x, y }, { training: true }), betas);
    for (const beta of betas) {
      expect(tf.tidy(() => tf.max(tf.abs(grads[beta.name]!)).arraySync())).toBeGreaterThan(1e-4);
    }
    tf.dispose([x, y, value, grads]);
    supernet.dispose();
  });

  it('refuses channels that cannot be shared', () => {
    expect(() => create(pcDarts({ share: 3 }))).toThrow(
      'channelShare must be a positive integer that divides the 4 channels, got 3; use for example 4',
    );
    expect(() => create(pcDarts({ share: 0 }))).toThrow(
      'pcDarts: share must be a positive integer, got 0; correct it or leave it out',
    );
  });
});
