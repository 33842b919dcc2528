import * as tf from '@tensorflow/tfjs-core';
import { evaluate, type Supernet } from 'noisydarts';
import { randomGenotype, topGenotypes } from 'noisydarts/genotype';
import { discretisationGap } from 'noisydarts/search';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { everything, halves, tinySpace, tinySupernet } from './support';

leavesNoTensors();

describe('evaluate with a genotype', () => {
  const valid = halves('valid', 8);

  it('measures the operations that it keeps, and leaves the supernet as it was', async () => {
    const supernet = tinySupernet();
    const [before, mixed] = [everything(supernet), await evaluate(supernet, valid)];
    const { derived } = await discretisationGap(supernet, valid, { statistics: 'running' });
    expect(await evaluate(supernet, valid, { genotype: supernet.genotype() })).toEqual(derived);
    const losses = new Set([mixed.loss]);
    const alphas = {
      normal: (await supernet.alphas.normal.array()) as number[][],
      reduce: (await supernet.alphas.reduce.array()) as number[][],
    };
    for (const { genotype } of topGenotypes(tinySpace, alphas, 3))
      losses.add((await evaluate(supernet, valid, { genotype, batchSize: 3 })).loss);
    expect(losses.size).toBeGreaterThan(2);
    expect(await evaluate(supernet, valid)).toEqual(mixed);
    expect(everything(supernet)).toEqual(before);
    supernet.dispose();
  });

  it('refuses a genotype of another space, and one for what is no supernet', async () => {
    const supernet = tinySupernet();
    const tensors = tf.memory().numTensors;
    const genotype = randomGenotype(tinySpace);
    const faulty = { ...genotype, normal: [['sep_conv_7x7', 0], ...genotype.normal.slice(1)] };
    await expect(evaluate(supernet, valid, { genotype: faulty as never })).rejects.toThrow(
      /^genotypeMixture: edge 0 of .* offers no such operation, got 'sep_conv_7x7'/,
    );
    const forward: Supernet['forward'] = (x, options) => supernet.forward(x, options);
    await expect(evaluate({ forward }, valid, { genotype })).rejects.toThrow(
      'evaluate: a genotype chooses among the operations of a supernet, and the model must be one',
    );
    expect(tf.memory().numTensors).toBe(tensors);
    supernet.dispose();
  });
});
