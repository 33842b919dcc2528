import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import { defineCandidate } from '../../../src/layers';
import { variableOf } from '../../../src/layers/noisy-darts-layer';
import { createMobileNetwork, createNetwork, noisyDartsA, toStandardLayers } from '../../../src/network';
import type { NamedTensor } from '../../../src/optimizers';
import { loadStateDict, pytorchNames, stateDict } from '../../../src/pytorch';
import { defineSpace, mobile, nasBench201 } from '../../../src/spaces';
import { pcDarts } from '../../../src/strategies';
import { createSupernet } from '../../../src/supernet';
import { leavesNoTensors } from '../../support/memory';
import { tinySpace } from '../search/support';

const network = (seed: number) =>
  createNetwork(publishedGenotype('noisy_darts_a'), {
    channels: 2,
    cells: 2,
    classes: 3,
    inputShape: [16, 16, 3],
    auxiliary: false,
    seed,
  });

const supernet = (seed: number) =>
  createSupernet({ space: tinySpace, channels: 2, cells: 2, classes: 3, seed, inputShape: [8, 8, 3] });

const valuesOf = (target: layers.Layer | LayersModel) =>
  target.weights.map((weight) => Array.from(variableOf(weight).dataSync()));

const release = (...targets: (layers.Layer | LayersModel)[]) =>
  tf.dispose(targets.flatMap((target) => target.weights.map(variableOf)));

const stockConv = defineCandidate({
  primitive: 'stock_conv',
  create: ({ filters, stride }) =>
    layers.conv2d({ filters, kernelSize: 3, strides: stride, padding: 'same' }),
});

/** Another layer of the same make first, so that no two targets get the same made-up names. */
const wrapped = (inner: layers.Layer | LayersModel, shape: number[]) => {
  const images = input({ shape });
  const outputs = layers
    .activation({ activation: 'linear' })
    .apply((inner as layers.Layer).apply(images) as SymbolicTensor) as SymbolicTensor;
  return model({ inputs: images, outputs });
};

const targets: readonly (readonly [what: string, create: (seed: number) => layers.Layer | LayersModel])[] = [
  ['a network', network],
  [
    'a network for ImageNet with its auxiliary head',
    (seed) =>
      createNetwork(publishedGenotype('noisy_darts_a'), {
        kind: 'imagenet',
        channels: 2,
        cells: 3,
        classes: 3,
        inputShape: [193, 193, 3],
        seed,
      }),
  ],
  ['a supernet', supernet],
  [
    'a supernet of NAS-Bench-201',
    (seed) =>
      createSupernet({
        space: nasBench201(),
        channels: 2,
        cells: 1,
        classes: 3,
        seed,
        inputShape: [8, 8, 3],
      }),
  ],
  [
    'a supernet that weighs edges',
    (seed) =>
      createSupernet({
        space: tinySpace,
        strategy: pcDarts(),
        channels: 4,
        cells: 2,
        classes: 3,
        seed,
        inputShape: [8, 8, 3],
      }),
  ],
  [
    'a mobile supernet',
    (seed) =>
      createSupernet({
        space: mobile({
          stem: 2,
          first: 2,
          layers: [
            { filters: 2, stride: 1 },
            { filters: 4, stride: 2 },
          ],
          features: 4,
        }),
        classes: 3,
        seed,
        inputShape: [8, 8, 3],
      }),
  ],
  [
    'a mobile network',
    (seed) =>
      createMobileNetwork(
        {
          ...noisyDartsA,
          stem: 4,
          features: 4,
          blocks: noisyDartsA.blocks.map((block) => ({ ...block, filters: 4 })),
        },
        { classes: 3, inputShape: [32, 32, 3], seed },
      ),
  ],
  ['a network inside a model', (seed) => wrapped(network(seed), [16, 16, 3])],
  [
    'a supernet inside a model',
    (seed) => wrapped(createSupernet({ space: tinySpace, channels: 2, cells: 2, seed }), [8, 8, 3]),
  ],
  [
    'a network in stock layers',
    (seed) => {
      const source = network(seed);
      const standard = toStandardLayers(source);
      release(source);
      return standard;
    },
  ],
  [
    'a supernet with a candidate of stock layers',
    (seed) =>
      createSupernet({
        space: defineSpace({ name: 'stock', primitives: ['skip_connect', stockConv], nodes: 1 }),
        channels: 2,
        cells: 2,
        classes: 3,
        seed,
        inputShape: [8, 8, 3],
      }),
  ],
  [
    'a model of stock layers',
    () =>
      sequential({
        layers: [
          layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, inputShape: [6, 6, 3] }),
          layers.batchNormalization(),
          layers.separableConv2d({ filters: 4, kernelSize: 3, name: 'separable' }),
          layers.conv2dTranspose({ filters: 3, kernelSize: 2 }),
          layers.reshape({ targetShape: [9, 3] }),
          layers.conv1d({ filters: 4, kernelSize: 3 }),
          layers.bidirectional({
            layer: layers.lstm({ units: 2, recurrentInitializer: 'glorotUniform' }) as layers.RNN,
            mergeMode: 'concat',
          }),
          layers.dense({ units: 2 }),
        ],
      }),
  ],
];

describe.each(targets)('the state dict of %s', (_, create) => {
  leavesNoTensors();

  it('gives another one the same weights, statistics and alphas', async () => {
    const [one, other] = [create(1), create(2)];
    expect(valuesOf(other)).not.toEqual(valuesOf(one));
    const tensors = await stateDict(one);
    expect(tensors).toHaveLength(one.weights.length);
    expect(new Set(tensors.map(({ name }) => name)).size).toBe(one.weights.length);
    expect(loadStateDict(other, tensors)).toEqual({ missing: [], unknown: [] });
    expect(valuesOf(other)).toEqual(valuesOf(one));
    release(one, other);
  });
});

describe('loadStateDict', () => {
  leavesNoTensors();

  /** Loads an altered state dict into a network that must not change by it. */
  async function refused(alter: (tensors: NamedTensor[]) => NamedTensor[], message: RegExp): Promise<void> {
    const [source, target] = [network(2), network(1)];
    const before = valuesOf(target);
    const tensors = alter(await stateDict(source));
    expect(() => loadStateDict(target, tensors)).toThrow(message);
    expect(valuesOf(target)).toEqual(before);
    release(source, target);
  }

  it('names every weight of a network, in PyTorch layouts', async () => {
    const target = network(1);
    expect(pytorchNames(target).size).toBe(target.weights.length);
    const shapes = Object.fromEntries((await stateDict(target)).map(({ name, shape }) => [name, shape]));
    expect(shapes['stem.0.weight']).toEqual([6, 3, 3, 3]);
    expect(shapes['cells.0._ops.1.op.1.weight']).toEqual([4, 1, 5, 5]);
    expect(shapes['classifier.weight']).toEqual([3, 32]);
    release(target);
  });

  it.each([
    'module.',
    '_orig_mod.',
    'module._orig_mod.',
    '_orig_mod.module.',
    'module.module.',
    'model.',
    'net.',
  ])('leaves aside what PyTorch counts, and the prefix %s of a wrapper', async (prefix) => {
    const [one, other] = [network(1), network(2)];
    loadStateDict(other, [
      ...(await stateDict(one)).map((tensor) => ({ ...tensor, name: `${prefix}${tensor.name}` })),
      { name: `${prefix}stem.1.num_batches_tracked`, shape: [], data: Float32Array.of(7) },
    ]);
    expect(valuesOf(other)).toEqual(valuesOf(one));
    release(one, other);
  });

  it("keeps a prefix that is part of the target's own names", async () => {
    const create = () =>
      sequential({
        layers: [
          layers.dense({ units: 2, inputShape: [3], name: 'model' }),
          layers.dense({ units: 2, name: 'net' }),
        ],
      });
    const [one, other] = [create(), create()];
    loadStateDict(other, await stateDict(one));
    expect(valuesOf(other)).toEqual(valuesOf(one));
    release(one, other);
  });

  it.each([true, false])('refuses a state dict of which no name matches, strict %s', async (strict) => {
    const [one, other] = [network(1), network(2)];
    const before = valuesOf(other);
    const tensors = (await stateDict(one)).map((tensor) => ({ ...tensor, name: `encoder.q.${tensor.name}` }));
    for (const given of [tensors, []]) {
      expect(() => loadStateDict(other, given, { strict })).toThrow(
        /^loadStateDict: none of the \d+ weights of the target, such as 'stem.0.weight', is in the state dict, got .*; give/,
      );
    }
    expect(valuesOf(other)).toEqual(before);
    release(one, other);
  });

  it('refuses what is not built, and options that do not exist', async () => {
    const unbuilt = createSupernet({ space: tinySpace, channels: 2, cells: 2 });
    for (const dict of [
      () => stateDict(unbuilt),
      async () => loadStateDict(unbuilt, []),
      async () => pytorchNames(unbuilt),
    ]) {
      await expect(dict).rejects.toThrow(
        /: all layers must be built, so that they have weights, got .*; apply/,
      );
    }
    const target = network(1);
    expect(() => loadStateDict(target, [], { strickt: false } as never)).toThrow(
      "loadStateDict: there is no such option, got 'strickt'; use strict",
    );
    release(target);
  });

  it('names the weights that would share a name', async () => {
    const twin = () => layers.dense({ units: 2, inputShape: [2], name: 'dense.0' });
    const inner = sequential({
      name: 'dense',
      layers: [layers.dense({ units: 2, inputShape: [2], name: '0' })],
    });
    const target = sequential({ layers: [twin(), inner] });
    await expect(async () => stateDict(target)).rejects.toThrow(
      /^stateDict: some weights would share a name, got \['dense.0\/kernel', /,
    );
    release(target);
  });

  it('names the weights of NAS-Bench-201 and of NoisyDARTS-A as their code does, and those of stock layers as PyTorch', async () => {
    const namesOf = (what: string) => {
      const target = targets.find(([name]) => name === what)![1](1);
      const names = stateDict(target).then(
        (tensors) => new Map(tensors.map(({ name, shape }) => [name, shape])),
      );
      return names.finally(() => release(target));
    };
    const cell = await namesOf('a supernet of NAS-Bench-201');
    for (const name of [
      'stem.0.weight',
      'cells.0.edges.2<-1.3.op.1.weight',
      'cells.1.downsample.1.weight',
      'cells.1.conv_b.op.2.running_var',
      'lastact.0.bias',
      'classifier.bias',
      'arch_parameters',
    ]) {
      expect([...cell.keys()]).toContain(name);
    }
    const timm = await namesOf('a mobile network');
    for (const name of [
      'conv_stem.weight',
      'bn1.running_mean',
      'blocks.0.0.conv_dw.weight',
      'blocks.0.0.bn2.weight',
      'blocks.1.0.conv_pw.weight',
      'blocks.4.7.se.conv_reduce.bias',
      'blocks.5.4.conv_pwl.weight',
      'blocks.5.4.bn3.bias',
      'conv_head.weight',
      'bn2.weight',
      'classifier.weight',
    ]) {
      expect([...timm.keys()]).toContain(name);
    }
    expect(timm.get('blocks.1.0.conv_dw.weight')).toEqual([24, 1, 3, 3]);
    const stock = await namesOf('a model of stock layers');
    expect(Object.fromEntries(stock)).toMatchObject({
      '0.weight': [6, 1, 3, 3],
      '0.bias': [6],
      '1.running_var': [6],
      'separable.depthwise.weight': [6, 1, 3, 3],
      'separable.pointwise.weight': [4, 6, 1, 1],
      '3.weight': [4, 3, 2, 2],
      '5.weight': [4, 3, 3],
      '7.weight': [2, 4],
    });
  });

  it('leaves alphas alone that the state dict does not hold', async () => {
    const [one, other] = [supernet(1), supernet(2)];
    const alphas = Array.from(other.alphas.normal!.dataSync());
    const { missing } = loadStateDict(
      other,
      (await stateDict(one)).filter(({ name }) => !name.startsWith('alphas')),
    );
    expect(missing).toEqual(['alphas_normal', 'alphas_reduce']);
    expect(Array.from(other.alphas.normal!.dataSync())).toEqual(alphas);
    release(one, other);
  });

  it('takes what fits if it is not strict', async () => {
    const [one, other] = [network(1), network(2)];
    const before = valuesOf(other);
    const part = (await stateDict(one)).filter(({ name }) => name === 'stem.0.weight');
    const more = { name: 'more', shape: [1], data: new Float32Array(1) };
    const { missing, unknown } = loadStateDict(other, [...part, more], { strict: false });
    expect(missing).toHaveLength(other.weights.length - 1);
    expect(unknown).toEqual(['more']);
    const changed = valuesOf(other).map((values, i) => String(values) !== String(before[i]));
    expect(changed.filter(Boolean)).toHaveLength(1);
    release(one, other);
  });

  it('refuses a state dict that lacks weights', () =>
    refused(
      (tensors) => tensors.slice(1),
      /^loadStateDict: .* it lacks some, got \['stem.0.weight'\]; create/,
    ));

  it('refuses a state dict that holds more', () =>
    refused(
      (tensors) => [...tensors, { name: 'more', shape: [1], data: new Float32Array(1) }],
      /^loadStateDict: .* nothing that the target lacks, got \['more'\]; create/,
    ));

  it('refuses a tensor of another shape', () =>
    refused(
      ([first, ...rest]) => [{ ...first!, shape: [3, 6, 3, 3] }, ...rest],
      /^loadStateDict: the tensor 'stem.0.weight' must be \[6,3,3,3\], got \[3, 6, 3, 3\]; create/,
    ));

  it('refuses numbers that are not finite', () =>
    refused(
      ([first, ...rest]) => [
        { ...first!, data: first!.data.map((x, i) => (i === 5 ? Number.NaN : x)) },
        ...rest,
      ],
      /^loadStateDict: the tensor 'stem.0.weight' must hold finite numbers, at 5, got NaN; save/,
    ));
});
