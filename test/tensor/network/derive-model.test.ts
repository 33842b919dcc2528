import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { archVariables, MixedOp, mixedEdges, NoisyMixedOp, noisy } from '../../../src/layers';
import { deriveModel, modelGenotype, toStandardLayers } from '../../../src/network';
import { expectNear } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

const candidates = ['none', 'max_pool_3x3', 'skip_connect', 'nor_conv_3x3'] as const;
const edge = (name: string) => new NoisyMixedOp({ name, candidates, seed: name });
const kernelInitializer = 'ones';

/** A model around edges at the top, shared, in a nested model, in a wrapper and among the user's own layers. */
function searched(): LayersModel {
  const [a, b] = [input({ shape: [4, 4, 2], name: 'a' }), input({ shape: [2, 4, 4, 2], name: 'b' })];
  const shared = edge('shared');
  const apply = (layer: layers.Layer, x: unknown) => layer.apply(x as SymbolicTensor) as SymbolicTensor;
  const inner = sequential({
    name: 'inner',
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 2], kernelInitializer }),
      edge('nested'),
    ],
  });
  const own = new MixedOp({
    name: 'own',
    candidates: {
      wide: layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', kernelInitializer }),
      deep: sequential({
        layers: [layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 2], kernelInitializer })],
      }),
    },
  });
  const y = apply(
    own,
    apply(noisy(layers.activation({ activation: 'relu' })), apply(inner, apply(shared, apply(shared, a)))),
  );
  const frames = apply(layers.timeDistributed({ layer: edge('framed') }), b);
  const model = tfModel({
    inputs: [a, b],
    outputs: [
      apply(layers.flatten(), y),
      apply(layers.dense({ units: 1, kernelInitializer }), apply(layers.flatten(), frames)),
    ],
    name: 'searched',
  });
  // Alphas that say what is strongest.
  const strongest: Record<string, number[]> = {
    shared: [9, 0, 0, 1],
    nested: [9, 3, 0, 1],
    framed: [0, 0, 3, 0],
    own: [0, 1],
  };
  tf.tidy(() => {
    for (const { name, alpha } of mixedEdges(model)) alpha!.assign(tf.tensor1d(strongest[name]!));
  });
  return model;
}

const found = { shared: 'nor_conv_3x3', nested: 'max_pool_3x3', framed: 'skip_connect', own: 'deep' };
const inputs = () => [
  tf.randomUniform([3, 4, 4, 2], -1, 1, 'float32', 1),
  tf.randomUniform([3, 2, 4, 4, 2], -1, 1, 'float32', 2),
];
const values = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);
// model.dispose() keeps layers that are used twice.
const free = (model: LayersModel) => tf.dispose(model.weights.map((weight) => weight.read()));
const classes = (model: LayersModel) => model.layers.map((layer) => layer.getClassName());

describe('deriveModel', () => {
  it('puts the strongest operations in place of edges, with the trained weights, and leaves the model as it is', () => {
    const model = searched();
    const before = values(model.getWeights());
    expect(modelGenotype(model)).toEqual(found);
    const derived = deriveModel(model);
    expect(mixedEdges(derived)).toEqual([]);
    expect(archVariables(derived)).toEqual([]);
    expect(classes(derived).filter((name) => /Noisy(Op|Mixed)/.test(name))).toEqual([]);
    expect(values(model.getWeights())).toEqual(before);

    // A model whose edges have made up their minds computes the same.
    tf.tidy(() => {
      for (const { name, alpha, primitives } of mixedEdges(model)) {
        const chosen = primitives.indexOf(found[name as keyof typeof found]);
        alpha!.assign(tf.tensor1d(primitives.map((_, i) => (i === chosen ? 0 : -1e4))));
      }
      const x = inputs();
      expect(values(derived.predict(x) as tf.Tensor[])).toEqual(values(model.predict(x) as tf.Tensor[]));
    });
    // Weights of its own.
    tf.tidy(() => derived.setWeights(derived.getWeights().map((weight) => tf.zerosLike(weight))));
    expect(
      values(model.getWeights())
        .flat()
        .some((value) => value === 1),
    ).toBe(true);
    free(derived);
    free(model);
  });

  it('keeps the weights of wrapped layers and models without edges', () => {
    const frame = sequential({
      layers: [
        layers.flatten({ inputShape: [4, 4, 2] }),
        layers.dense({ units: 3, kernelInitializer: 'randomNormal' }),
      ],
    });
    const gru = layers.gru({ units: 2, recurrentInitializer: 'randomNormal' }) as never;
    const model = sequential({
      layers: [
        layers.timeDistributed({ layer: edge('framed'), inputShape: [3, 4, 4, 2] }),
        layers.timeDistributed({ layer: frame }),
        layers.bidirectional({ layer: gru, mergeMode: 'concat' }),
      ],
    });
    const derived = deriveModel(model, { genotype: { framed: 'skip_connect' } });
    const x = tf.randomUniform([2, 3, 4, 4, 2], -1, 1, 'float32', 1);
    const expected = tf.tidy(() => {
      const [, ...rest] = model.layers;
      return rest.reduce<tf.Tensor>((at, layer) => layer.apply(at) as tf.Tensor, x);
    });
    const y = derived.predict(x) as tf.Tensor;
    expectNear(y, expected.dataSync());
    for (const each of [model, derived]) tf.dispose(each.weights.map((weight) => weight.read()));
    tf.dispose([x, y, expected]);
  });

  it('takes the operations of a genotype, none too, and fresh weights, with scale and offset', () => {
    const model = searched();
    const trained = values(model.getWeights());
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.add(weight, 1))));
    const genotype = JSON.parse(JSON.stringify({ nested: 'none', framed: 'nor_conv_3x3', own: 'wide' }));
    const derived = deriveModel(model, { genotype, weights: 'fresh' });
    const names = derived.weights.map(({ originalName }) => originalName.split('/').at(-1));
    expect(names.filter((name) => name === 'gamma')).toHaveLength(2);
    expect((derived.getLayer('inner') as LayersModel).layers.at(-1)!.getClassName()).toBe('NoisyDartsZero');
    const kernel = derived.getLayer('own').getWeights()[0]!.dataSync();
    expect([...new Set(kernel)]).toEqual([1]);
    expect(trained.length).toBeGreaterThan(0);
    free(derived);
    free(model);
  });

  it('derives a sequential model that nobody compiled, and gives one that trains', async () => {
    const model = sequential({
      layers: [
        new MixedOp({ name: 'edge', candidates: ['sep_conv_3x3'], inputShape: [4, 4, 2] }),
        layers.flatten(),
      ],
    });
    const derived = deriveModel(model);
    derived.compile({ optimizer: 'rmsprop', loss: 'meanSquaredError' });
    const [x, y] = [tf.ones([2, 4, 4, 2]), tf.zeros([2, 32])];
    await derived.fit(x, y, { epochs: 1, verbose: 0 });
    derived.optimizer.dispose();
    tf.dispose([x, y]);
    free(derived);
    free(model);
  });

  it('gives a model that can be written in stock layers, where the rest is stock', () => {
    const model = sequential({
      layers: [
        layers.conv2d({
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          inputShape: [8, 8, 1],
          kernelInitializer,
        }),
        new NoisyMixedOp({ name: 'edge', candidates: ['skip_connect', 'dil_conv_3x3'] }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        layers.dense({ units: 3, kernelInitializer }),
      ],
    });
    const derived = deriveModel(model, { genotype: { edge: 'dil_conv_3x3' }, weights: 'fresh' });
    const standard = toStandardLayers(derived);
    expect(classes(standard).filter((name) => name.startsWith('NoisyDarts'))).toEqual([]);
    tf.tidy(() => {
      const x = tf.randomUniform([2, 8, 8, 1], 0, 1, 'float32', 1);
      expectNear(standard.predict(x) as tf.Tensor, (derived.predict(x) as tf.Tensor).dataSync());
    });
    free(standard);
    free(derived);
    free(model);
  });

  it('refuses what it cannot derive, and keeps nothing of it', () => {
    const model = searched();
    const partial = sequential({
      layers: [new MixedOp({ name: 'half', candidates, channelShare: 2, inputShape: [4, 4, 4] })],
    });
    const plain = sequential({ layers: [layers.dense({ units: 1, inputShape: [4] })] });
    const before = tf.memory().numTensors;
    const derive =
      (options: object, from: LayersModel = model) =>
      () =>
        deriveModel(from, options);
    expect(derive({}, 3 as never)).toThrow('deriveModel: a tf.LayersModel is needed, got 3');
    expect(derive({}, plain)).toThrow('deriveModel: the model must hold a mixed edge');
    expect(derive({ weights: 'old' })).toThrow("weights must be 'inherit' or 'fresh', got 'old'");
    expect(derive({ genotype: { nobody: 'none' } })).toThrow(
      "genotype must name known edges, got 'nobody'; use shared, nested",
    );
    expect(derive({ genotype: { own: 'none' } })).toThrow(
      "known operations of 'own', got 'none'; use wide, deep",
    );
    expect(derive({ genotypes: {} })).toThrow('there is no such option');
    expect(derive({}, partial)).toThrow("the operations of 'half' have weights for a share of the channels");
    expect(tf.memory().numTensors).toBe(before);
    free(deriveModel(partial, { weights: 'fresh' }));
    free(plain);
    free(partial);
    free(model);
  });
});
