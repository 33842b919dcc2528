import * as tf from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { drawGenotype, drawMobile, randomGenotype } from '../../../src/genotype';
import { NoisyMixedOp } from '../../../src/layers';
import { variableOf } from '../../../src/layers/noisy-darts-layer';
import {
  countCost,
  createMobileNetwork,
  createNetwork,
  deriveModel,
  featureMaps,
  mobileArchitecture,
  nasBench201Cost,
  toStandardLayers,
} from '../../../src/network';
import { loadStateDict, stateDict } from '../../../src/pytorch';
import {
  type Darts1dPrimitive,
  darts1d,
  mobile,
  mobileCandidates,
  nasBench201,
  spaceFromJson,
  temporal,
} from '../../../src/spaces';
import { createSupernet, estimateMemory } from '../../../src/supernet';
import { expectNear } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { reloaded } from '../layers/support';
import { free, unsettle } from './support';

const inputShape = [23, 5] as const;
const small = { channels: 4, cells: 3, classes: 3, inputShape } as const;

/** The first output on a batch of signals. */
function predicted(network: LayersModel, seed = 1): tf.Tensor {
  return tf.tidy(() => {
    const outputs = network.predict(normal([2, ...inputShape], seed));
    return Array.isArray(outputs) ? outputs[0]! : outputs;
  });
}

/** Expects stock layers that compute the same, in which 3x3 kernels and the like are no more. */
function expectStandard(network: LayersModel): void {
  unsettle(network);
  const standard = toStandardLayers(network);
  const [y, z] = [predicted(network), predicted(standard)];
  expectNear(z, y.dataSync(), 1e-4);
  expect(standard.layers.every((layer) => !layer.getClassName().startsWith('NoisyDarts'))).toBe(true);
  for (const { originalName, shape } of standard.weights)
    if (shape.length === 4) expect(shape[1], originalName).toBe(1);
  tf.dispose([y, z]);
  free(standard);
}

describe('a network of signals', () => {
  leavesNoTensors();

  it('comes of a genotype of darts1d, is saved, counted, written in stock layers and drawn', async () => {
    const space = darts1d();
    const genotype = randomGenotype(space, 3);
    const network = createNetwork(genotype, { ...small, auxiliary: false });
    expect(network.outputShape).toEqual([null, 3]);
    expect(featureMaps(network).map(({ stride, channels }) => [stride, channels])).toEqual([
      [1, 16],
      [2, 32],
      [4, 64],
    ]);
    const { total } = countCost(network);
    const running = network.weights.filter(({ originalName }) => /moving_/.test(originalName));
    const numbers = (list: typeof running) =>
      list.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]), 0);
    expect(total.parameters).toBe(numbers(network.weights) - numbers(running));
    expectStandard(network);
    const loaded = await reloaded(network);
    const [y, z] = [predicted(network), predicted(loaded)];
    expect([...z.dataSync()]).toEqual([...y.dataSync()]);
    tf.dispose([y, z]);
    free(network);
    free(loaded);
    expect(drawGenotype(genotype)).toContain('conv');
  });

  it('has an auxiliary head with windows along time', () => {
    const network = createNetwork(randomGenotype(darts1d(), 1), { ...small, inputShape: [40, 5] });
    expect(network.outputs.map(({ shape }) => shape)).toEqual([
      [null, 3],
      [null, 3],
    ]);
    const head = network.weights.filter(({ originalName }) => /wide\/kernel/.test(originalName));
    expect(head.map(({ shape }) => shape)).toEqual([[2, 1, 128, 768]]);
    free(network);
    expect(() => createNetwork(randomGenotype(darts1d(), 1), small)).toThrow(
      'createNetwork: the auxiliary head needs maps of 8, but images of 23x5 leave, got',
    );
  });

  it('goes to a state dict and back', async () => {
    const [one, other] = [1, 2].map((seed) =>
      createNetwork(randomGenotype(darts1d(), 3), { ...small, auxiliary: false, seed }),
    ) as [LayersModel, LayersModel];
    await loadStateDict(other, await stateDict(one));
    const [y, z] = [predicted(one), predicted(other)];
    expect([...z.dataSync()]).toEqual([...y.dataSync()]);
    tf.dispose([y, z]);
    free(one);
    free(other);
  });

  it('comes of a genotype of the temporal space, whose largest has about the weights that are published', () => {
    const space = temporal();
    const architecture = (operation: string) =>
      mobileArchitecture(space, {
        layers: mobileCandidates(space).map((candidates) =>
          candidates.includes(operation as never) ? operation : 'mbconv3_3',
        ) as never,
      });
    const parameters = ['skip_connect', 'mbconv3_9_se'].map((operation) => {
      const network = createMobileNetwork(architecture(operation), { classes: 12, inputShape: [98, 40] });
      const { total } = countCost(network);
      free(network);
      return total.parameters;
    });
    expect(parameters).toEqual([23_636, 109_736]);
    const network = createMobileNetwork(architecture('mbconv3_5_se'), { classes: 3, inputShape });
    expectStandard(network);
    free(network);
    expect(drawMobile(randomGenotype(space, 1), { space })).toContain('mbconv3 ');
  });

  it('comes of a cell of the NAS-Bench-201 kind', () => {
    const space = { ...nasBench201(), primitives: ['none', 'skip_connect', 'sep_conv_3', 'avg_pool_3'] };
    const network = createNetwork(randomGenotype(space, 2), { ...small, space, cells: 1 });
    expectStandard(network);
    free(network);
    expect(() => nasBench201Cost([[['skip_connect', 0]]] as never, { inputShape })).toThrow();
  });

  it('comes of a model of stock layers with mixed edges, and goes back to stock layers', () => {
    const images = input({ shape: [...inputShape] });
    const wide = layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(images);
    const edges = [
      new NoisyMixedOp({ candidates: ['skip_connect', 'sep_conv_3'], seed: 1, name: 'first' }),
      new NoisyMixedOp({
        candidates: ['skip_connect', 'dil_conv_5', 'max_pool_3'],
        seed: 1,
        stride: 2,
        name: 'second',
      }),
    ];
    const narrow = edges.reduce(
      (x, edge) => edge.apply(x) as ReturnType<typeof input>,
      wide as ReturnType<typeof input>,
    );
    const logits = layers.dense({ units: 3 }).apply(layers.globalAveragePooling1d({}).apply(narrow));
    const searched = model({ inputs: images, outputs: logits as ReturnType<typeof input> });
    const derived = deriveModel(searched, {
      weights: 'fresh',
      genotype: { first: 'sep_conv_3', second: 'skip_connect' },
    });
    expect(derived.outputShape).toEqual([null, 3]);
    expectStandard(derived);
    free(derived);
    tf.dispose(searched.weights.map(variableOf));
  });
});

describe('a supernet of signals', () => {
  leavesNoTensors();

  it.each([
    { space: darts1d(), sizes: { channels: 2, cells: 3 } },
    { space: temporal({ stem: 4, first: 4, layers: [{ filters: 4, stride: 1 }], features: 8 }), sizes: {} },
  ])('is of the space $space.name, of which its genotype and its memory are', ({ space, sizes }) => {
    const supernet = createSupernet({
      space: spaceFromJson(JSON.stringify(space)),
      classes: 3,
      seed: 1,
      inputShape: [...inputShape],
      ...sizes,
    });
    expect(supernet.alphas).toBeDefined();
    const estimates = [1, 8].map(
      (batchSize) => estimateMemory(supernet, { batchSize, inputShape }).activations,
    );
    expect(estimates[1]).toBe(8 * estimates[0]!);
    expect(countCost(supernet).total.multiplyAdds).toBeGreaterThan(0);
    const genotype = supernet.genotype();
    expect(JSON.stringify(genotype)).not.toMatch(/\dx\d/);
    supernet.dispose();
  });

  it('types alpha, genotype and operations of darts1d', () => {
    const supernet = createSupernet({
      space: darts1d({ none: true }),
      classes: 2,
      seed: 1,
      channels: 2,
      cells: 1,
      inputShape: [8, 3],
    });
    expect(supernet.alphas.normal.shape).toEqual([14, 11]);
    const kept: 'none' | Darts1dPrimitive = supernet.genotype().normal[0]![0];
    expect(supernet.space.primitives).toContain(kept);
    // @ts-expect-error: an operation of maps is not one of the space.
    const wrong: (typeof supernet.space.primitives)[number] = 'sep_conv_3x3';
    expect(supernet.space.primitives).not.toContain(wrong);
    supernet.dispose();
  });

  it.each([
    [() => createSupernet({ space: mobile(), inputShape: [32, 4] }), 'mbconv3_3x3 is an operation of maps'],
    [
      () => createSupernet({ space: temporal(), inputShape: [32, 32, 4] }),
      'mbconv3_3 is an operation of signals',
    ],
    [
      () => createSupernet({ space: darts1d(), inputShape: [32, 32, 4] }),
      'max_pool_3 is an operation of signals',
    ],
    [
      () => createSupernet({ space: darts1d(), inputShape: [32] as never }),
      'createSupernet: inputShape must be [height, width, channels] or [time, channels]',
    ],
    [
      () => createNetwork(randomGenotype(darts1d(), 1), { cells: 3, auxiliary: false }),
      'is an operation of signals',
    ],
    [() => darts1d({ nodes: 2 } as never), 'darts1d: there is no such option'],
    [() => temporal({ squeezeRatio: 1 } as never), 'temporal: there is no such option'],
    [() => temporal({ stem: 0 }), 'stem must be a positive integer'],
  ])('refuses in words what does not fit: %#', (make, fault) => {
    const before = tf.memory().numTensors;
    expect(make).toThrow(fault);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('sequential models take mixed edges of signals as their first layer', () => {
  const edge = new NoisyMixedOp({
    candidates: ['skip_connect', 'sep_conv_3'],
    seed: 1,
    inputShape: [...inputShape],
  });
  const stack = sequential({ layers: [edge] });
  expect(stack.outputShape).toEqual([null, ...inputShape]);
  tf.dispose(stack.weights.map(variableOf));
});
