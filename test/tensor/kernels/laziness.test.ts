import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { depthwiseConv2d, pointwiseConv2d, weightedSum } from '../../../src/kernels';
import { darts } from '../../../src/spaces';
import { createSupernet } from '../../../src/supernet';
import { backend } from '../../support/backend';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';

/** Names of the kernels that run for `f` and its gradient with respect to `xs`. */
async function kernelsOf(f: () => tf.Tensor, xs: readonly tf.Tensor[]): Promise<string[]> {
  const { kernelNames } = await tf.profile(() => {
    const { y, grads } = differentiate(f, xs);
    tf.dispose([y, ...grads]);
    return [];
  });
  return kernelNames;
}

describe('gradients are lazy', () => {
  leavesNoTensors();
  it('of the inputs of one convolution after another only those asked for are computed', async () => {
    const x = normal<tf.Rank.R4>([1, 4, 4, 3]);
    const [deep, point] = [normal<tf.Rank.R4>([3, 3, 3, 1]), normal<tf.Rank.R4>([1, 1, 3, 2])];
    const f = () => tf.sum(pointwiseConv2d(depthwiseConv2d(x, deep), point));
    const backward = async (...xs: tf.Tensor[]) =>
      (await kernelsOf(f, xs)).filter((name) => name.endsWith('Grad')).sort();
    expect(await backward(point)).toEqual(['NoisyDartsPointwiseConv2dFilterGrad']);
    expect(await backward(deep)).toEqual([
      'NoisyDartsDepthwiseConv2dFilterGrad',
      'NoisyDartsPointwiseConv2dInputGrad',
    ]);
    expect(await backward(x)).toEqual([
      'NoisyDartsDepthwiseConv2dInputGrad',
      'NoisyDartsPointwiseConv2dInputGrad',
    ]);
    expect(await backward(x, deep, point)).toHaveLength(4);
    tf.dispose([x, deep, point]);
  });

  it('of a weighted sum only the weights, or only one term', async () => {
    const terms = [1, 2, 3].map((at) => normal<tf.Rank.R4>([1, 2, 2, 2], at));
    const weights = tf.tensor1d([0.2, 0.3, 0.5]);
    const f = () => weightedSum(weights, terms);
    const backward = async (...xs: tf.Tensor[]) =>
      (await kernelsOf(f, xs)).filter((name) => name.endsWith('Grad'));
    expect(await backward(weights)).toEqual(['NoisyDartsWeightedSumWeightsGrad']);
    expect(await backward(terms[1]!)).toEqual(['NoisyDartsWeightedSumTermGrad']);
    tf.dispose([weights, terms]);
  });

  // With the fast kernels an edge is one kernel, whose laziness edge.test.ts of its backend looks at.
  it.skipIf(backend.endsWith('-fast'))(
    "a supernet's alphas cost no gradient of a weight, and its weights no gradient of an alpha",
    async () => {
      const supernet = createSupernet({
        space: {
          ...darts(),
          primitives: ['max_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'dil_conv_3x3'],
          nodes: 2,
          multiplier: 2,
        },
        channels: 2,
        cells: 3,
        inputShape: [6, 6, 3],
      });
      const batch = { x: normal<tf.Rank.R4>([2, 6, 6, 3]), y: tf.tensor1d([1, 7], 'int32') };
      const run = () => supernet.loss(batch, { training: true });
      const alphas = await kernelsOf(run, supernet.archVariables());
      const weights = await kernelsOf(run, supernet.weightVariables());
      const count = (names: string[], pattern: RegExp) => names.filter((name) => pattern.test(name)).length;

      expect(count(alphas, /FilterGrad|ScaleGrad/)).toBe(0);
      expect(count(alphas, /WeightsGrad/)).toBeGreaterThan(0);
      expect(count(weights, /FilterGrad/)).toBeGreaterThan(0);
      expect(count(weights, /WeightsGrad/)).toBe(0);
      supernet.dispose();
      tf.dispose([batch.x, batch.y]);
    },
  );
});
