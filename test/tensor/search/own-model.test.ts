import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { evaluate, memoryStore, NoisyMixedOp, search } from 'noisydarts';
import { skipCount } from 'noisydarts/analysis';
import { fromArrays, fromTensors } from 'noisydarts/data';
import { drawModelGenotype, randomGenotype, topGenotypes } from 'noisydarts/genotype';
import { mixedEdges } from 'noisydarts/layers';
import { deriveModel, evaluateNetwork, modelGenotype, modelGenotypeFromJson } from 'noisydarts/network';
import { describeRun, recordRun } from 'noisydarts/node';
import { type ModelSearchOptions, restoreSupernet, type SearchPolicy } from 'noisydarts/search';
import { modelSpace, modelSupernet } from 'noisydarts/supernet';
import { multiLabel, regression } from 'noisydarts/tasks';
import { describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { everything, halves } from './support';

leavesNoTensors();

const candidates = ['none', 'skip_connect', 'avg_pool_3x3', 'sep_conv_3x3'] as const;
const edge = (name: string) => new NoisyMixedOp({ name, candidates, seed: name });
const kernelInitializer = 'ones';

/** A stock model with an edge that is used twice, one in a model inside it, and stock norms. */
function ownModel(activation: 'linear' | 'softmax' | 'sigmoid' = 'linear'): LayersModel {
  const x = input({ shape: [6, 6, 1] });
  const apply = (layer: layers.Layer, at: SymbolicTensor) => layer.apply(at) as SymbolicTensor;
  const shared = edge('shared');
  const inner = sequential({
    layers: [
      layers.batchNormalization({ inputShape: [6, 6, 2] }),
      edge('nested'),
      layers.maxPooling2d({ poolSize: 2 }),
    ],
  });
  const stem = apply(layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', kernelInitializer }), x);
  const y = apply(layers.flatten(), apply(inner, apply(shared, apply(shared, stem))));
  return tfModel({
    inputs: x,
    outputs: apply(layers.dense({ units: 2, activation, kernelInitializer: 'zeros' }), y),
    name: 'own',
  });
}

const options = (model: LayersModel) => ({
  model,
  train: halves('train', 12),
  valid: halves('valid', 8),
  epochs: 2,
  batchSize: 4,
  seed: 5,
});

// model.dispose() keeps layers that are used twice.
const free = (model: LayersModel) => tf.dispose(model.weights.map((weight) => weight.read()));

async function searched(more: Partial<ModelSearchOptions> = {}, model = ownModel()) {
  const events = [];
  for await (const event of search({ ...options(model), ...more })) events.push(event);
  const weights = everything(model as never);
  free(model);
  const epochs = events.filter((e) => e.type === 'epoch').map(({ seconds: _, ...rest }) => rest);
  const steps = events.filter((e) => e.type === 'step').map((e) => [e.step, e.trainLoss, e.validLoss]);
  return { events, weights, epochs, steps, done: events.find((e) => e.type === 'done') };
}

// Stock convolutions have a gradient on wasm with the library's training kernels alone.
describe.skipIf(backend === 'wasm')('search({ model })', () => {
  it("searches the edges of a model of one's own, wherever they are, and tells of them by name", async () => {
    const model = ownModel();
    const before = everything(model as never);
    const policy: SearchPolicy = (history) =>
      history.length === 2 ? { stop: 'enough', rollBackTo: 0 } : 'continue';
    let genotype: Readonly<Record<string, string>> = {};
    for await (const event of search({
      ...options(model),
      epochs: 3,
      policy,
      diagnostics: { eigenvalue: { iterations: 2 }, gap: true },
    })) {
      if (event.type === 'epoch') {
        expect(Object.keys(event.alphas)).toEqual(['shared', 'nested']);
        expect(event.alphas.nested![0]).toHaveLength(4);
        expect(event.noiseRate).toBe(1);
        expect(event.diagnostics?.skipCount).toEqual(skipCount(event.genotype));
        expect(event.diagnostics?.gap?.derived.loss).toBeGreaterThan(0);
        genotype = event.genotype;
      }
      if (event.type === 'done') expect([event.epoch, event.decision?.stop]).toEqual([0, 'enough']);
    }
    // What was measured has left no trace: alphas are those that the last genotype is of.
    expect(modelGenotype(model)).toEqual(genotype);
    // Alphas, the stem, the dense layer and stock running statistics: all have moved.
    const after = everything(model as never);
    expect(
      after.filter((values, i) => JSON.stringify(values) === JSON.stringify(before[i])).length,
    ).toBeLessThan(2);
    free(model);
  });

  it.each([1, 2, 4, 5])(
    'stopped after iteration %i and resumed equals never stopped, bit for bit',
    async (stop) => {
      const more = { diagnostics: { gap: { images: 4 } } };
      const whole = await searched(more);
      const store = memoryStore();
      const controller = new AbortController();
      const model = ownModel();
      for await (const event of search({
        ...options(model),
        ...more,
        checkpoint: { store },
        signal: controller.signal,
      }))
        if (event.type === 'step' && event.step + 1 === stop) controller.abort();
      const resume = (await store.load())!;
      const stopped = everything(model as never);
      free(model);
      const rest = await searched({ ...more, resume });
      expect(rest.weights).toEqual(whole.weights);
      expect(rest.steps).toEqual(whole.steps.slice(stop));
      expect(rest.done!.history.map(({ seconds: _, ...record }) => record)).toEqual(
        whole.done!.history.map(({ seconds: _, ...record }) => record),
      );
      // To look at what a run has come to.
      const other = ownModel();
      restoreSupernet(modelSupernet(other), resume);
      expect(everything(other as never)).toEqual(stopped);
      free(other);
    },
  );

  it('takes a model that ends in a softmax by its logarithms', async () => {
    const [logits, probabilities] = [await searched(), await searched({}, ownModel('softmax'))];
    for (const [i, [, loss]] of probabilities.steps.entries())
      expect(loss).toBeCloseTo(logits.steps[i]![1]!, 4);
  });

  it('takes a model that ends in a sigmoid by its logits, and refuses it for another loss', async () => {
    const { x, y } = { x: halves('train', 8).read([...Array(8).keys()]).images, y: [0, 1, 1, 0] };
    const labelled = fromArrays({
      x,
      y: Array.from({ length: 16 }, (_, i) => y[i % 4]!),
      shape: [6, 6, 1],
      targets: { shape: [2] },
    });
    const more = { train: labelled, valid: labelled, task: multiLabel() };
    const [logits, probabilities] = [await searched(more), await searched(more, ownModel('sigmoid'))];
    for (const [i, [, loss]] of probabilities.steps.entries())
      expect(loss).toBeCloseTo(logits.steps[i]![1]!, 4);
    const model = ownModel('sigmoid');
    await expect(search(options(model)).next()).rejects.toThrow(
      "search: the loss of 'classification' applies a softmax by itself, and the model must end in that or in none, got 'sigmoid'",
    );
    // What a loss does not apply by itself is left as it is.
    const regressed = ownModel('softmax');
    const shares = fromArrays({
      x,
      y: [...Array(16)].map(() => 0.5),
      shape: [6, 6, 1],
      targets: { shape: [2] },
    });
    const { loss } = await evaluate(modelSupernet(regressed), shares, { task: regression() });
    expect(loss).toBeCloseTo(0, 6);
    free(model);
    free(regressed);
  });

  it('takes a model of several inputs and outputs, whose examples and targets hold all', async () => {
    const made = () => {
      const [a, b] = [input({ shape: [4, 4, 1] }), input({ shape: [3] })];
      const at = (layer: layers.Layer, ...from: SymbolicTensor[]) =>
        layer.apply(from.length === 1 ? from[0]! : from) as SymbolicTensor;
      const mixed = at(layers.flatten(), at(edge('edge'), a!));
      const all = at(layers.concatenate(), mixed, b!);
      const ends = [2, 1].map((units) => at(layers.dense({ units, kernelInitializer }), all));
      return tfModel({ inputs: [a!, b!], outputs: ends });
    };
    const x = [
      tf.randomUniform([6, 4, 4, 1], 0, 1, 'float32', 1),
      tf.randomUniform([6, 3], 0, 1, 'float32', 2),
    ];
    const y = [tf.ones([6, 2]), tf.zeros([6])];
    const dataset = await fromTensors(x, y);
    expect([dataset.shape, dataset.targets?.shape]).toEqual([[19], [3]]);
    const more = { train: dataset, valid: dataset, task: regression(), epochs: 2, batchSize: 3 };
    const model = made();
    const before = await evaluate(modelSupernet(model), dataset, { task: regression() });
    const [p, q] = model.predict(x) as tf.Tensor[];
    const sum = tf.tidy(() =>
      tf.add(tf.sum(tf.squaredDifference(p!, y[0]!)), tf.sum(tf.squaredDifference(tf.squeeze(q!), y[1]!))),
    );
    expect(before.loss).toBeCloseTo(sum.dataSync()[0]! / 18, 4);
    let last = Number.NaN;
    for await (const event of search({ ...more, model })) if (event.type === 'epoch') last = event.validLoss!;
    expect(last).toBeLessThan(before.loss);
    await expect(search({ ...more, train: halves('train', 6), model }).next()).rejects.toThrow(
      'train must have examples of 19 like the model',
    );
    tf.dispose([...x, ...y, p!, q!, sum]);
    free(model);
  });

  it('evaluates a genotype in place as the derived model computes', async () => {
    const model = ownModel();
    const genotype = { shared: 'sep_conv_3x3', nested: 'avg_pool_3x3' };
    const dataset = halves('test', 8);
    const before = everything(model as never);
    const inPlace = await evaluate(modelSupernet(model), dataset, { genotype });
    const derived = deriveModel(model, { genotype });
    const { loss, top1 } = await evaluateNetwork(derived, dataset);
    expect(inPlace).toEqual({ loss, accuracy: top1, metrics: { accuracy: top1 } });
    expect(everything(model as never)).toEqual(before);
    free(derived);
    free(model);
  });

  it('leaves a folder with a report, and a genotype that is read by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'own-model-'));
    const model = ownModel();
    try {
      const run = options(model);
      const settings = describeRun(run);
      expect(settings.model!.parameters).toBeGreaterThan(50);
      for await (const _ of recordRun(search(run), { folder, space: modelSpace(model), settings }));
      expect(await readdir(folder)).toEqual([
        'alphas.json',
        'alphas.svg',
        'edges.svg',
        'genotype.json',
        'history.json',
        'report.html',
        'settings.json',
      ]);
      const text = await readFile(join(folder, 'genotype.json'), 'utf8');
      expect(modelGenotypeFromJson(model, text)).toEqual(modelGenotype(model));
      const page = await readFile(join(folder, 'report.html'), 'utf8');
      for (const part of ['Architecture search in the space own', 'nested is ', 'Edges'])
        expect(page).toContain(part);
    } finally {
      await rm(folder, { recursive: true });
      free(model);
    }
  });

  it('has a space that genotypes are drawn and ranked in', () => {
    const model = ownModel();
    const space = modelSpace(model);
    expect(JSON.parse(JSON.stringify(space))).toEqual(space);
    expect(Object.keys(randomGenotype(space, 3))).toEqual(['shared', 'nested']);
    const alphas = { shared: [[9, 0, 2, 1]], nested: [[0, 0, 0, 1]] };
    expect(topGenotypes(space, alphas, 2).map(({ genotype }) => genotype)).toEqual([
      { shared: 'avg_pool_3x3', nested: 'sep_conv_3x3' },
      { shared: 'sep_conv_3x3', nested: 'sep_conv_3x3' },
    ]);
    free(model);
  });

  it('refuses what it cannot search in, and keeps nothing of it', async () => {
    const model = ownModel();
    const dropped = sequential({
      layers: [
        new NoisyMixedOp({ candidates, inputShape: [6, 6, 1] }),
        layers.flatten(),
        layers.dropout({ rate: 0.5, name: 'drop' }),
      ],
    });
    const plain = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
    const maps = sequential({ layers: [new NoisyMixedOp({ candidates, inputShape: [6, 6, 1] })] });
    const store = memoryStore();
    await searched({ checkpoint: { store } });
    const resume = (await store.load())!;
    const before = tf.memory().numTensors;
    const run = (more: object) => search({ ...options(model), ...more } as never).next();
    await expect(run({ supernet: model })).rejects.toThrow(
      "search: there must be a supernet or a model, got 'both'",
    );
    await expect(run({ model: undefined })).rejects.toThrow(
      'search: a tf.LayersModel is needed, got undefined',
    );
    await expect(run({ model: modelSupernet(model) })).rejects.toThrow(
      /^search: a tf.LayersModel is needed, got .+; pass a tf.model or a tf.sequential, or a supernet as supernet$/,
    );
    expect(() => modelSupernet(model).withMixtures({ nested: [[0, 0]], shared: [[0, 0]] }, () => 0)).toThrow(
      'must keep a candidate, got [0, 0]',
    );
    await expect(run({ model: plain })).rejects.toThrow('search: the model must hold a mixed edge');
    await expect(run({ model: maps })).rejects.toThrow(
      "train must have classes, or the share of each of the model's 6x6x1 outputs",
    );
    await expect(run({ model: dropped, checkpoint: { store } })).rejects.toThrow(
      "which this layer of tfjs cannot, got ''drop' (Dropout)'",
    );
    const { train, valid } = options(model);
    await expect(run({ train: { ...train, shape: [4, 9, 1] } })).rejects.toThrow(
      'train must have examples of 6x6x1 like the model',
    );
    await expect(run({ train: { ...train, classes: 3 } })).rejects.toThrow("more classes than the model's 2");
    await expect(run({ resume, batchSize: 3 })).rejects.toThrow('batchSize is 4 there and 3 here');
    await expect(search({ train, valid } as never).next()).rejects.toThrow(
      "or a model of your own as 'model'",
    );
    const read = (json: unknown) => () => modelGenotypeFromJson(model, json);
    expect(read('{')).toThrow('modelGenotypeFromJson: this is not JSON');
    expect(read('[]')).toThrow('genotype must be operations by edge');
    expect(read({ nested: 'none' })).toThrow("genotype must name every edge, got ['nested']; add 'shared'");
    expect(read({ nested: 'none', shared: 'toString' })).toThrow(
      "known operations of 'shared', got 'toString'",
    );
    expect(read({ nested: 'none', shared: 'none', other: 'none' })).toThrow("known edges, got 'other'");
    expect(() => drawModelGenotype({ layers: ['none'] } as never)).toThrow('must be operations by edge');
    expect(tf.memory().numTensors).toBe(before);
    for (const each of [model, dropped, plain, maps]) free(each);
  });

  it('refuses the checkpoint of another model by what differs', async () => {
    const store = memoryStore();
    await searched({ checkpoint: { store } });
    const resume = (await store.load())!;
    const other = ownModel('softmax');
    await expect(search({ ...options(other), resume }).next()).rejects.toThrow(
      /other settings \(model\).*activation is "linear" there and "softmax" here/,
    );
    expect(mixedEdges(other)).toHaveLength(2);
    free(other);
  });
});
