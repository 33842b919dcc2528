import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, darts, gaussianNoise, inMemory, uniformNoise } from 'noisydarts';
import { describeRun } from 'noisydarts/node';
import { describe, expect, it } from 'vitest';
import { version } from '../../../package.json';
import { leavesNoTensors } from '../../support/memory';
import { halves, tinySupernet } from '../search/support';

leavesNoTensors();

const train = halves('train', 12);
const valid = halves('valid', 8);

describe('describeRun', () => {
  it('says what a search will do, defaults filled in, as plain JSON', () => {
    const supernet = tinySupernet();
    const settings = describeRun({
      supernet,
      train,
      valid,
      epochs: 2,
      weights: { clip: Number.POSITIVE_INFINITY },
    });
    const parameters = supernet.weightVariables().reduce((sum, variable) => sum + variable.size, 0);
    supernet.dispose();
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
    expect(settings).toMatchObject({
      supernet: {
        space: { name: 'tiny' },
        channels: 2,
        cells: 3,
        seed: 7,
        parameters,
        alphas: { normal: [5, 3], reduce: [5, 3] },
        noise: [{ on: ['skip_connect'], edges: 15, distribution: 'gaussian', std: 0.2 }],
      },
      search: {
        train: { name: 'train', size: 12 },
        valid: { name: 'valid', size: 8 },
        epochs: 2,
        batchSize: 128,
        evaluateEvery: 1,
        weights: { learningRate: 0.05, clip: 'Infinity' },
        alpha: { learningRate: 3e-4, betas: [0.5, 0.999], order: 'first' },
      },
      environment: {
        noisydarts: version,
        tfjs: tf.version_core,
        backend: tf.getBackend(),
        node: process.versions.node,
      },
    });
  });

  it('gathers the noise of all edges by its kind', () => {
    const images = inMemory({
      name: 'blank',
      images: new Uint8Array(2 * 64),
      labels: new Uint8Array(2),
      shape: [8, 8, 1],
      classes: 10,
    });
    const gaussian = gaussianNoise();
    const uniform = uniformNoise({ std: 0.1 });
    // Built only by its first input, so the weights cannot be counted yet.
    const supernet = createSupernet({
      space: darts(),
      cells: 3,
      channels: 2,
      noise: ({ cell, edge, primitive }) => {
        if (primitive === 'skip_connect') return edge < 2 ? gaussian : null;
        return primitive === 'max_pool_3x3' && cell === 0 ? uniform : null;
      },
    });
    const settings = describeRun({ supernet, train: images, valid: images });
    expect(settings.supernet).not.toHaveProperty('parameters');
    expect(settings.supernet!.noise).toEqual([
      { on: ['max_pool_3x3'], edges: 14, ...uniform },
      { on: ['skip_connect'], edges: 6, ...gaussian },
    ]);
  });
});
