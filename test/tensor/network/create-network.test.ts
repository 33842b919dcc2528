import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import type { Genotype } from '../../../src/genotype';
import { crossEntropy } from '../../../src/kernels';
import { weightVariables } from '../../../src/layers';
import {
  createMobileNetwork,
  createNetwork,
  type MobileArchitecture,
  type NetworkOptions,
  networkDescription,
  noisyDartsA,
  setDropPath,
  transferNetwork,
  withoutAuxiliary,
} from '../../../src/network';
import { lossGradients } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import { throughJson } from '../../support/through-json';
import { free, images, unsettle } from './support';

const small: NetworkOptions = {
  channels: 4,
  cells: 3,
  classes: 5,
  inputShape: [16, 16, 3],
  auxiliary: false,
};

const tiny: MobileArchitecture = {
  ...noisyDartsA,
  name: 'tiny',
  stem: 8,
  blocks: [
    { type: 'separable', filters: 4, kernelSize: 3, stride: 1, expansion: 1 },
    { type: 'inverted', filters: 8, kernelSize: 5, stride: 2, expansion: 3 },
    { type: 'inverted', filters: 8, kernelSize: 7, stride: 1, expansion: 2, repeat: 2 },
  ],
  features: 16,
};

describe('createNetwork', () => {
  leavesNoTensors();

  const makers: [string, () => LayersModel][] = [
    ['the CIFAR network', () => createNetwork(publishedGenotype('noisy_darts_a'), small)],
    [
      'the CIFAR network with its auxiliary head',
      () =>
        createNetwork(publishedGenotype('noisy_darts_b'), {
          ...small,
          inputShape: [32, 32, 3],
          auxiliary: true,
        }),
    ],
    [
      'the ImageNet network',
      () =>
        createNetwork(publishedGenotype('noisy_darts_h'), {
          ...small,
          kind: 'imagenet',
          inputShape: [64, 64, 3],
        }),
    ],
    ['NASNet', () => createNetwork(publishedGenotype('NASNet'), small)],
    ['AmoebaNet', () => createNetwork(publishedGenotype('AmoebaNet'), small)],
    ['a mobile network', () => createMobileNetwork(tiny, { classes: 5, inputShape: [32, 32, 3] })],
    [
      'a transferred network',
      () =>
        transferNetwork(createMobileNetwork(tiny, { classes: 3, inputShape: [32, 32, 3] }), { classes: 5 }),
    ],
  ];

  it.each(makers)('%s gives the same logits after saving and loading', async (_, make) => {
    const network = make();
    unsettle(network);
    const [, height, width, channels] = network.inputs[0]!.shape as number[];
    const x = images([2, height!, width!, channels!]);
    const again = await throughJson(network);
    const outputs = [network, again].map((one) => [one.apply(x, { training: false })].flat() as tf.Tensor[]);
    expect(outputs[0]!.map(({ shape }) => shape)).toEqual(network.outputs.map(() => [2, 5]));
    outputs[0]!.forEach((output, i) => {
      expect([...outputs[1]![i]!.dataSync()]).toEqual([...output.dataSync()]);
    });
    expect(networkDescription(again)).toEqual(JSON.parse(JSON.stringify(networkDescription(network))));
    tf.dispose([x, ...outputs.flat()]);
    free(network);
    free(again);
    // What a transfer leaves behind of the network it starts from.
    for (const layer of makers.at(-1)![1] === make ? orphans(network) : []) free(layer);
  });

  it.each(makers)('%s has a gradient for every weight', (_, make) => {
    const network = make();
    const [, height, width, channels] = network.inputs[0]!.shape as number[];
    const x = images([3, height!, width!, channels!]);
    const y = tf.tensor1d([0, 1, 4], 'int32');
    const variables = weightVariables(network);
    const { loss, grads } = lossGradients(() => {
      const outputs = [network.apply(x, { training: true })].flat() as tf.Tensor2D[];
      return outputs.map((logits) => crossEntropy(logits, y)).reduce((a, b) => tf.add(a, b));
    }, variables);
    const silent = grads.filter(
      (grad) => !grad || !(tf.tidy(() => tf.sum(tf.square(grad)).dataSync()[0]!) > 0),
    );
    expect(silent.length).toBe(0);
    tf.dispose([x, y, loss, ...(grads as tf.Tensor[])]);
    free(network);
    for (const layer of makers.at(-1)![1] === make ? orphans(network) : []) free(layer);
  });

  it('drops paths in training only, by seed and moment, on all but identities', () => {
    const skips: Genotype = {
      normal: [
        ['skip_connect', 0],
        ['skip_connect', 1],
        ['skip_connect', 0],
        ['sep_conv_3x3', 2],
      ],
      normalConcat: [2, 3],
      reduce: [
        ['skip_connect', 0],
        ['max_pool_3x3', 1],
        ['skip_connect', 2],
        ['avg_pool_3x3', 0],
      ],
      reduceConcat: [2, 3],
    };
    const network = createNetwork(skips, { ...small, dropPath: 0.5 });
    // One in the normal cell; three in each reduction cell, where a skip of stride 2 is no identity.
    expect(setDropPath(network, 0.5)).toBe(1 + 3 + 3);
    const x = images([4, 16, 16, 3]);
    const values = (options: object) =>
      tf.tidy(() => [...(network.apply(x, options) as tf.Tensor).dataSync()]);
    const at = (step: number) => values({ training: true, moment: { epoch: 0, step, pass: 0 } });
    const first = at(0);
    expect(at(0)).toEqual(first);
    expect(at(1)).not.toEqual(first);
    setDropPath(network, 0);
    expect(at(0)).toEqual(at(1));
    x.dispose();
    free(network);
  });

  it('frees nothing too early and keeps nothing in evaluation', () => {
    const network = createNetwork(publishedGenotype('noisy_darts_a'), {
      ...small,
      inputShape: [32, 32, 3],
      auxiliary: true,
    });
    const x = images([2, 32, 32, 3]);
    const main = withoutAuxiliary(network);
    const before = tf.memory().numTensors;
    const alone = main.apply(x) as tf.Tensor;
    const [logits, auxiliary] = network.apply(x) as tf.Tensor[];
    expect([...alone.dataSync()]).toEqual([...logits!.dataSync()]);
    expect(withoutAuxiliary(main)).toBe(main);
    expect(main.layers.map(({ name }) => name)).not.toContain('auxiliary_head');
    tf.dispose([alone, logits!, auxiliary!]);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
    free(network);
  });

  it('takes the seed for the initial weights', () => {
    const weights = (seed: number) => {
      const network = createNetwork(publishedGenotype('noisy_darts_a'), { ...small, seed });
      const values = weightVariables(network).map((variable) => [...variable.dataSync()]);
      free(network);
      return values;
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });

  it('drops features before a new classifier in training only', () => {
    const base = createMobileNetwork(tiny, { classes: 3, inputShape: [32, 32, 3], dropout: 0.5 });
    const network = transferNetwork(base, { classes: 4, dropout: 0.9 });
    expect(network.layers.filter(({ name }) => name.includes('dropout')).map(({ name }) => name)).toEqual([
      'transfer_dropout',
    ]);
    const x = images([4, 32, 32, 3]);
    const values = (options: object) =>
      tf.tidy(() => [...(network.apply(x, options) as tf.Tensor).dataSync()]);
    const at = (step: number) => values({ training: true, moment: { epoch: 0, step, pass: 0 } });
    expect(at(0)).toEqual(at(0));
    expect(at(0)).not.toEqual(at(1));
    x.dispose();
    free(network);
    free(base.getLayer('classifier'));
  });

  it('refuses what cannot be', () => {
    const genotype = publishedGenotype('noisy_darts_a');
    expect(() => createNetwork(genotype, { cells: 6, channels: 4, inputShape: [8, 8, 1] })).toThrow(
      "createNetwork: the auxiliary head needs maps of 8x8, but images of 8x8x1 leave, got '2x2'; pass auxiliary: false, or larger images",
    );
    expect(() => createNetwork(genotype, { channels: 0 })).toThrow(
      'createNetwork: channels must be a positive integer, got 0; correct it',
    );
    expect(() => createNetwork(genotype, { dropPath: 1 })).toThrow(
      'createNetwork: dropPath must be a number from 0 to below 1, got 1',
    );
    expect(() => createNetwork(genotype, { inputShape: [32, 32, 0] })).toThrow(
      'createNetwork: inputShape must be [height, width, channels] or [time, channels], got [32, 32, 0]; use for example [32, 32, 3]',
    );
    expect(() => createNetwork(genotype, { kind: 'mnist' as 'cifar' })).toThrow(
      "createNetwork: kind must be 'cifar' or 'imagenet', got 'mnist'; correct it",
    );
    expect(() => createNetwork({ ...genotype, normal: [] })).toThrow(RangeError);
    expect(() =>
      createNetwork({
        ...genotype,
        normal: [
          ['wormhole', 0],
          ['wormhole', 1],
        ],
        normalConcat: [2],
      }),
    ).toThrow('candidateNamed: unknown primitive');
    expect(() => createMobileNetwork(tiny, { classes: 0 })).toThrow(
      'createMobileNetwork: classes must be a positive integer, got 0; correct it',
    );
  });
});

/** The layers of a transfer's first network that the second does not use. */
function orphans(network: LayersModel) {
  const head = network.getLayer('head').outboundNodes as unknown as {
    outboundLayer: LayersModel['layers'][0];
  }[];
  const reachable = head.flatMap(({ outboundLayer }) => [
    outboundLayer,
    ...(outboundLayer.outboundNodes as unknown as typeof head).map((node) => node.outboundLayer),
  ]);
  return reachable.filter((layer) => !network.layers.includes(layer));
}
