import * as tf from '@tensorflow/tfjs-core';
import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import type { Genotype } from '../../../src/genotype';
import { archVariables } from '../../../src/layers';
import {
  createMobileNetwork,
  createNetwork,
  featureExtractor,
  type MobileArchitecture,
  type NetworkOptions,
  noisyDartsA,
  toStandardLayers,
  transferNetwork,
} from '../../../src/network';
import { darts } from '../../../src/spaces';
import { createSupernet } from '../../../src/supernet';
import { leavesNoTensors } from '../../support/memory';
import { throughJson } from '../../support/through-json';
import { free, images, unsettle } from './support';

const small: NetworkOptions = {
  channels: 4,
  cells: 4,
  classes: 5,
  inputShape: [16, 16, 3],
  auxiliary: false,
};

/** Every primitive at stride 1 and 2, the same state twice into one node, and one node alone as the output. */
const everything: Genotype = {
  normal: [
    ['sep_conv_7x7', 0],
    ['conv_7x1_1x7', 1],
    ['conv_9x9', 2],
    ['none', 0],
    ['skip_connect', 2],
    ['skip_connect', 2],
    ['dil_conv_5x5', 4],
    ['avg_pool_3x3', 1],
    ['max_pool_3x3', 5],
    ['dil_conv_3x3', 0],
  ],
  normalConcat: [3, 6],
  reduce: [
    ['conv_7x1_1x7', 0],
    ['conv_9x9', 1],
    ['dil_conv_5x5', 0],
    ['dil_conv_3x3', 1],
    ['max_pool_3x3', 0],
    ['avg_pool_3x3', 1],
    ['none', 0],
    ['skip_connect', 1],
    ['sep_conv_5x5', 0],
    ['sep_conv_3x3', 1],
    ['skip_connect', 2],
    ['avg_pool_3x3', 6],
  ],
  reduceConcat: [4, 5, 3, 7],
};

const tiny: MobileArchitecture = {
  ...noisyDartsA,
  name: 'tiny',
  stem: 8,
  blocks: [
    { type: 'separable', filters: 4, kernelSize: 3, stride: 1, expansion: 1 },
    { type: 'inverted', filters: 8, kernelSize: 5, stride: 2, expansion: 3 },
    { type: 'inverted', filters: 8, kernelSize: 7, stride: 1, expansion: 2 },
  ],
  features: 16,
};

const makers: [string, () => LayersModel][] = [
  ['noisy_darts_a', () => createNetwork(publishedGenotype('noisy_darts_a'), small)],
  ['noisy_darts_c', () => createNetwork(publishedGenotype('noisy_darts_c'), small)],
  ['NASNet', () => createNetwork(publishedGenotype('NASNet'), small)],
  ['AmoebaNet', () => createNetwork(publishedGenotype('AmoebaNet'), small)],
  ['every primitive', () => createNetwork(everything, small)],
  ['every primitive on odd sides', () => createNetwork(everything, { ...small, inputShape: [15, 13, 3] })],
  [
    'the ImageNet network',
    () =>
      createNetwork(publishedGenotype('noisy_darts_h'), {
        ...small,
        kind: 'imagenet',
        inputShape: [72, 56, 3],
      }),
  ],
  [
    'a network with an auxiliary head',
    () =>
      createNetwork(publishedGenotype('noisy_darts_a'), {
        ...small,
        inputShape: [32, 32, 3],
        auxiliary: true,
      }),
  ],
  ['a mobile network', () => createMobileNetwork(tiny, { classes: 5, inputShape: [30, 34, 3] })],
  [
    'a mobile network without squeeze-and-excitation',
    () => createMobileNetwork({ ...tiny, squeezeRatio: 0 }, { classes: 5, inputShape: [32, 32, 3] }),
  ],
];

/** max |a - b| / max |b| */
function difference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.max(tf.abs(b))).dataSync()[0]!);
}

describe('toStandardLayers', () => {
  leavesNoTensors();

  it.each(makers)('gives the logits of %s', async (_, make) => {
    const network = make();
    unsettle(network);
    const standard = toStandardLayers(network);
    const stock = standard.layers.map((layer) => layer.getClassName());
    expect(stock.filter((name) => name.startsWith('NoisyDarts'))).toEqual([]);
    expect(stock.filter((name) => name.startsWith('BatchNorm'))).toEqual([]);
    const [, height, width, channels] = network.inputs[0]!.shape as number[];
    const x = images([2, height!, width!, channels!]);
    const loaded = await throughJson(standard);
    const outputs = [network.apply(x, { training: false })].flat() as tf.Tensor[];
    const actual = standard.apply(x) as tf.Tensor;
    const again = loaded.predict(x) as tf.Tensor;
    expect(difference(actual, outputs[0]!)).toBeLessThan(1e-4);
    expect([...again.dataSync()]).toEqual([...actual.dataSync()]);
    tf.dispose([x, actual, again, ...outputs]);
    for (const one of [network, standard, loaded]) free(one);
  });

  it('rewrites feature maps and transferred networks too', () => {
    const base = createMobileNetwork(tiny, { classes: 3, inputShape: [32, 32, 3] });
    unsettle(base);
    const maps = featureExtractor(base);
    const transferred = transferNetwork(base, { classes: 4 });
    const x = images([2, 32, 32, 3]);
    const [standardMaps, standard] = [toStandardLayers(maps), toStandardLayers(transferred)];
    const results = [maps, standardMaps, transferred, standard].map(
      (one) => [one.apply(x)].flat() as tf.Tensor[],
    );
    expect(results[1]!.length).toBe(maps.outputs.length);
    results[0]!.forEach((map, i) => {
      expect(difference(results[1]![i]!, map)).toBeLessThan(1e-4);
    });
    expect(difference(results[3]![0]!, results[2]![0]!)).toBeLessThan(1e-4);
    tf.dispose([x, ...results.flat()]);
    for (const one of [standardMaps, standard, transferred]) free(one);
    free(base.getLayer('classifier'));
  });

  it('has weights of its own', () => {
    const network = createNetwork(publishedGenotype('noisy_darts_a'), small);
    const standard = toStandardLayers(network);
    const x = images([1, 16, 16, 3]);
    const before = standard.apply(x) as tf.Tensor;
    free(network);
    const after = standard.apply(x) as tf.Tensor;
    expect([...after.dataSync()]).toEqual([...before.dataSync()]);
    tf.dispose([x, before, after]);
    free(standard);
  });

  it('refuses what it cannot write', () => {
    const supernet = createSupernet({ space: darts(), cells: 2, channels: 2, inputShape: [8, 8, 3] });
    const x = input({ shape: [8, 8, 3] });
    const searched = model({ inputs: x, outputs: supernet.apply(x) as SymbolicTensor });
    expect(() => toStandardLayers(searched)).toThrow(
      "toStandardLayers: nothing is known about how to write this layer in stock layers, got 'NoisyDartsSupernet'; pass a network from createNetwork() or createMobileNetwork()",
    );
    free(supernet);
    tf.dispose(archVariables(supernet));
  });
});
