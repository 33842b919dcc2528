import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { NoisyMixedOp } from 'noisydarts';
import { createNetwork, networkDescription, toStandardLayers } from 'noisydarts/network';
import { loadModel, saveModel } from 'noisydarts/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

let folder = '';
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'saved-model-')), 'new', 'model');
});
afterEach(() => rm(join(folder, '..', '..'), { recursive: true }));

const free = (model: LayersModel) => tf.dispose(model.weights.map((weight) => weight.read()));
const values = (model: LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);
const metadata = {
  normalize: { mean: [0.1], std: [0.5] },
  classNames: ['one', 'two'],
  task: { kind: 'classification', labelSmoothing: 0.1 },
};

const cell = [
  ['skip_connect', 0],
  ['sep_conv_3x3', 1],
] as const;
const network = () =>
  createNetwork(
    { normal: cell, normalConcat: [2], reduce: cell, reduceConcat: [2] },
    { channels: 2, cells: 2, classes: 2, inputShape: [8, 8, 1], auxiliary: false },
  );
const own = () =>
  sequential({
    layers: [
      new NoisyMixedOp({ candidates: ['skip_connect', 'none'], inputShape: [4, 4, 1] }),
      layers.flatten(),
      layers.dense({ units: 2 }),
    ],
  });

describe('saveModel and loadModel', () => {
  it.each([
    ['a network', network],
    ['a model with a mixed edge', own],
  ])('keep %s with what it says of itself', async (_, make) => {
    const model = make();
    await saveModel(model, folder, metadata);
    const { model: loaded, ...said } = await loadModel(folder);
    expect(said).toEqual(metadata);
    expect(values(loaded)).toEqual(values(model));
    expect(networkDescription(loaded)).toEqual(networkDescription(model));
    // Saved again it is the same, and keeps what it said.
    const before = await readFile(join(folder, 'model.json'), 'utf8');
    await saveModel(loaded, folder);
    const { weightsManifest, userDefinedMetadata } = JSON.parse(
      await readFile(join(folder, 'model.json'), 'utf8'),
    );
    expect(weightsManifest).toEqual(JSON.parse(before).weightsManifest);
    expect(userDefinedMetadata).toMatchObject(metadata);
    for (const each of [model, loaded]) free(each);
  });

  it('replace a model as a whole: until the last moment the folder holds the one before', async () => {
    const model = own();
    await saveModel(model, folder);
    const before = values(model);
    const old = await readFile(join(folder, 'model.json'));
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.add(weight, 1))));
    await saveModel(model, folder);
    expect(await readdir(folder)).toHaveLength(2);
    // A save that ended before its last step.
    const torn = join(folder, 'torn');
    await saveModel(model, torn);
    const [, weights] = await readdir(torn);
    await writeFile(join(folder, weights!), await readFile(join(torn, weights!)));
    const { model: loaded } = await loadModel(folder);
    expect(values(loaded)).toEqual(values(model));
    expect(values(loaded)).not.toEqual(before);
    // The old model.json without its weights is refused, not loaded with others.
    await writeFile(join(folder, 'model.json'), old);
    await expect(loadModel(folder)).rejects.toThrow(
      /^loadModel: '.*weights-[0-9a-f]{16}\.bin' must be there/,
    );
    for (const each of [model, loaded]) free(each);
  });

  it.each([
    ['float16', 2 ** -11, 2],
    ['uint16', 2 ** -17, 2],
    ['uint8', 2 ** -9, 1],
  ] as const)('write weights in %s, which stock tfjs reads', async (weights, share, bytes) => {
    const trained = network();
    const model = toStandardLayers(trained);
    const random = model.weights.map(({ shape }, i) =>
      tf.tidy(() => {
        const normal = tf.randomNormal(shape as number[], 0, 1, 'float32', i + 1);
        return i === 0 ? tf.relu(normal) : normal;
      }),
    );
    model.setWeights(random);
    await saveModel(model, folder, metadata, { weights });
    const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    const [{ paths, weights: weightSpecs }] = weightsManifest;
    const file = await readFile(join(folder, paths[0]));
    const isVector = model.weights.map(({ shape }) => shape.length < 2);
    const sizes = model.weights.map(({ shape }, i) =>
      (shape as number[]).reduce((a, b) => a * b, isVector[i] && weights !== 'float16' ? 4 : bytes),
    );
    expect(file).toHaveLength(sizes.reduce((a, b) => a + b));
    const stock = await loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs, weightData: Uint8Array.from(file).buffer }),
    );
    const { model: ours } = await loadModel(folder);
    for (const [i, expected] of values(model).entries()) {
      const got = values(stock)[i]!;
      expect(values(ours)[i]).toEqual(got);
      // Halves are as near as half of their last bit, whole numbers as half of their scale.
      const scale = Math.max(0, ...expected) - Math.min(0, ...expected);
      const most = isVector[i] && weights !== 'float16' ? 0 : share;
      got.forEach((value, j) => {
        const range = weights === 'float16' ? Math.max(Math.abs(value), 2 ** -14) : scale;
        expect(Math.abs(value - expected[j]!)).toBeLessThanOrEqual(most * range * 1.01);
        if (expected[j] === 0) expect(value).toBe(0);
      });
    }
    tf.dispose(random);
    for (const each of [trained, model, stock, ours]) free(each);
  });

  it('refuse weights that smaller numbers cannot hold', async () => {
    const model = sequential({ layers: [layers.dense({ units: 1, useBias: false, inputShape: [1] })] });
    const fill = (value: number) => tf.tidy(() => model.setWeights([tf.fill([1, 1], value)]));
    const save = (weights: unknown) => saveModel(model, folder, {}, { weights: weights as 'uint8' });
    fill(1e6);
    await expect(save('float16')).rejects.toThrow(
      /^saveModel: the weight '.*' must fit in float16.*got 1000000/,
    );
    fill(Number.NaN);
    await expect(save('uint8')).rejects.toThrow(/^saveModel: the weight '.*' must be finite, got NaN/);
    await expect(save('int4')).rejects.toThrow("saveModel: weights must be 'float32', 'float16', 'uint16'");
    await expect(readdir(folder)).resolves.toEqual([]);
    free(model);
  });

  it('name what is damaged, missing or does not fit', async () => {
    const model = own();
    const file = join(folder, 'model.json');
    await expect(loadModel(folder)).rejects.toThrow(
      /^loadModel: '.*model\.json' must be there to be read, got 'ENOENT/,
    );
    const save = (more: object, at: unknown = folder) => saveModel(model, at as string, more);
    await expect(save({ classes: 3 })).rejects.toThrow('saveModel, metadata: there is no such option');
    await expect(save({ classNames: ['one'] })).rejects.toThrow(
      'classNames must name the 2 classes of the model',
    );
    await expect(save({ normalize: { mean: [1], std: [0] } })).rejects.toThrow('saveModel: normalize.std');
    await expect(save({ task: 'regression' })).rejects.toThrow('saveModel: task must be the settings of one');
    await expect(save({}, 3)).rejects.toThrow('saveModel: the folder must be a text, got 3');
    await expect(saveModel({} as never, folder)).rejects.toThrow(
      'saveModel: the model must be a tf.LayersModel',
    );
    await save(metadata);
    await expect(save({}, join(folder, 'model.json'))).rejects.toThrow(
      `makeFolder: the folder '${join(folder, 'model.json')}' cannot be made, got EEXIST`,
    );
    const text = await readFile(file, 'utf8');
    const { weightsManifest } = JSON.parse(text);
    const weights = join(folder, weightsManifest[0].paths[0]);
    const bytes = await readFile(weights);
    await writeFile(weights, bytes.subarray(0, -4));
    await expect(loadModel(folder)).rejects.toThrow(/weights-.*' is cut or changed, got '\d+ bytes'/);
    await writeFile(weights, bytes);
    const damage = async (change: (json: { [key: string]: never }) => unknown) => {
      const json = JSON.parse(text);
      await writeFile(file, JSON.stringify(change(json) ?? json));
      return loadModel(folder);
    };
    await writeFile(file, text.slice(0, 100));
    await expect(loadModel(folder)).rejects.toThrow("model.json' must be the graph of a model");
    await expect(damage(() => ({ modelTopology: 5 }))).rejects.toThrow(
      "model.json' must be the graph of a model",
    );
    await expect(
      damage(() => ({ ...JSON.parse(text), weightsManifest: [{ paths: ['../x'], weights: [] }] })),
    ).rejects.toThrow("must name files of weights beside it, got '../x'");
    await expect(damage(() => ({ ...JSON.parse(text), weightsManifest: [] }))).rejects.toThrow(
      'must make a model',
    );
    await expect(
      damage(() => JSON.parse(text.replaceAll('NoisyDartsNoisyMixedOp', 'Nobody'))),
    ).rejects.toThrow(/must make a model, got 'Unknown layer: Nobody/);
    await expect(
      damage(() => ({ ...JSON.parse(text), userDefinedMetadata: { classNames: ['one'] } })),
    ).rejects.toThrow('classNames must name the 2 classes');
    free(model);
  });
});
