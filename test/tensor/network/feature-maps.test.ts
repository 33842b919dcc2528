import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import { createMobileNetwork, createNetwork, featureExtractor, featureMaps } from '../../../src/network';
import { leavesNoTensors } from '../../support/memory';
import { free, images } from './support';

describe('featureMaps', () => {
  leavesNoTensors();

  it('finds the deepest map of every stride', () => {
    const genotype = publishedGenotype('noisy_darts_a');
    const cifar = createNetwork(genotype, { channels: 4, cells: 5, auxiliary: false });
    expect(featureMaps(cifar)).toEqual([
      { stride: 1, channels: 16, layer: 'cell_0' },
      { stride: 2, channels: 32, layer: 'cell_2' },
      { stride: 4, channels: 64, layer: 'cell_4' },
    ]);
    free(cifar);
    const large = createNetwork(genotype, {
      kind: 'imagenet',
      channels: 4,
      cells: 5,
      inputShape: [97, 97, 3],
      auxiliary: false,
    });
    expect(featureMaps(large).map(({ stride, layer }) => [stride, layer])).toEqual([
      [2, 'stem_0'],
      [4, 'stem_1'],
      [8, 'cell_0'],
      [16, 'cell_2'],
      [32, 'cell_4'],
    ]);
    free(large);
    const mobile = createMobileNetwork(undefined, { classes: 2 });
    expect(featureMaps(mobile)).toEqual([
      { stride: 2, channels: 16, layer: 'block_0' },
      { stride: 4, channels: 32, layer: 'block_2' },
      { stride: 8, channels: 40, layer: 'block_6' },
      { stride: 16, channels: 96, layer: 'block_14' },
      { stride: 32, channels: 320, layer: 'block_19' },
    ]);
    free(mobile);
  });

  it('makes a model of them', () => {
    const network = createNetwork(publishedGenotype('noisy_darts_a'), {
      channels: 4,
      cells: 3,
      auxiliary: false,
    });
    const x = images([2, 32, 32, 3]);
    const maps = featureExtractor(network, [4, 1]).apply(x) as tf.Tensor[];
    expect(maps.map(({ shape }) => shape)).toEqual([
      [2, 8, 8, 64],
      [2, 32, 32, 16],
    ]);
    expect(featureExtractor(network).outputs.length).toBe(3);
    expect(() => featureExtractor(network, [8])).toThrow(
      'featureExtractor: the network has maps of strides 1, 2, 4, got 8; choose among these',
    );
    tf.dispose([x, ...maps]);
    free(network);
  });

  it('refuses a model that is not of this library', () => {
    const x = input({ shape: [4, 4, 3] });
    const other = model({ inputs: x, outputs: layers.flatten().apply(x) as SymbolicTensor });
    expect(() => featureMaps(other)).toThrow(TypeError);
  });
});
