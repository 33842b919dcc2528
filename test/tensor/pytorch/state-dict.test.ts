import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import { variableOf } from '../../../src/layers';
import { createNetwork } from '../../../src/network';
import type { NamedTensor } from '../../../src/optimizers';
import { loadStateDict, pytorchNames, stateDict } from '../../../src/pytorch';
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

describe.each([
  ['a network', network],
  ['a supernet', supernet],
])('the state dict of %s', (_, create) => {
  leavesNoTensors();

  it('gives another one the same weights, statistics and alphas', async () => {
    const [one, other] = [create(1), create(2)];
    expect(valuesOf(other)).not.toEqual(valuesOf(one));
    loadStateDict(other, await stateDict(one));
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

  it('leaves aside what PyTorch counts, and the prefix of its DataParallel', async () => {
    const [one, other] = [network(1), network(2)];
    loadStateDict(other, [
      ...(await stateDict(one)).map((tensor) => ({ ...tensor, name: `module.${tensor.name}` })),
      { name: 'module.stem.1.num_batches_tracked', shape: [], data: Float32Array.of(7) },
    ]);
    expect(valuesOf(other)).toEqual(valuesOf(one));
    release(one, other);
  });

  it('leaves alphas alone that the state dict does not hold', async () => {
    const [one, other] = [supernet(1), supernet(2)];
    const alphas = Array.from(other.alphas.normal!.dataSync());
    loadStateDict(
      other,
      (await stateDict(one)).filter(({ name }) => !name.startsWith('alphas')),
    );
    expect(Array.from(other.alphas.normal!.dataSync())).toEqual(alphas);
    release(one, other);
  });

  it('takes what fits if it is not strict', async () => {
    const [one, other] = [network(1), network(2)];
    const before = valuesOf(other);
    const part = (await stateDict(one)).filter(({ name }) => name === 'stem.0.weight');
    loadStateDict(other, [...part, { name: 'more', shape: [1], data: new Float32Array(1) }], {
      strict: false,
    });
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
