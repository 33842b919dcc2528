import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import {
  initializers,
  input,
  type LayersModel,
  layers,
  metrics,
  type SymbolicTensor,
  sequential,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import {
  type ArchitectCallback,
  type ArchitectCallbackOptions,
  architectCallback,
  type BilevelModel,
  bilevelModel,
  createArchitect,
  passes,
} from '../../../src/architect';
import { decodeDigits } from '../../../src/data';
import {
  archVariables,
  gaussianNoise,
  MixedOp,
  mixedEdges,
  NoisyMixedOp,
  stateVariables,
  weightVariables,
} from '../../../src/layers';
import { deriveModel, modelGenotype } from '../../../src/network';
import { adam, sgd } from '../../../src/optimizers';
import { modelSupernet, taskModel } from '../../../src/supernet';
import { classification, multiLabel, type TaskSettings } from '../../../src/tasks';
import { backend } from '../../support/backend';
import { farthest } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

const candidates = ['skip_connect', 'max_pool_3x3', 'nor_conv_3x3'] as const;
const init = { kernelInitializer: 'ones' } as const;

/** An edge whose noise grows from epoch to epoch. */
const noisyEdge = (name: string) =>
  new NoisyMixedOp({
    name,
    seed: 3,
    candidates,
    noise: gaussianNoise({ std: 0.5, schedule: { kind: 'cosine', epochs: 4 } }),
  });

const noisyEdgeOn = (inputShape: number[]) => new NoisyMixedOp({ seed: 3, candidates, inputShape });

const compiled = <M extends LayersModel>(model: M, loss: string | string[] | Record<string, string>): M => {
  model.compile({ optimizer: tf.train.rmsprop(0.01), loss });
  return model;
};

/** A stock model around one noisy edge. */
const small = () =>
  compiled(
    sequential({
      layers: [
        layers.conv2d({ filters: 3, kernelSize: 1, inputShape: [4, 4, 2], kernelInitializer: 'ones' }),
        noisyEdge('edge'),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 2, kernelInitializer: 'zeros', activation: 'softmax' }),
      ],
    }),
    'categoricalCrossentropy',
  );

const images = (n: number, seed: number) => tf.randomUniform([n, 4, 4, 2], -1, 1, 'float32', seed);
const labels = (n: number) => tf.tensor2d(Array.from({ length: n }, (_, i) => [i % 2, 1 - (i % 2)]));
const data = (n: number, seed: number) => ({ x: images(n, seed), y: labels(n) });

const bits = (variables: readonly tf.Variable[]) => variables.map((variable) => [...variable.dataSync()]);

function free(model: LayersModel, ...more: unknown[]): void {
  model.optimizer?.dispose();
  model.dispose();
  tf.dispose(more as tf.TensorContainer);
}

/** Runs `body` and expects it to keep no tensor. */
async function keepingNone<T>(body: () => Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await body();
  expect(tf.memory().numTensors).toBe(before);
  return result;
}

const quiet = { verbose: 0, shuffle: false } as const;

/** `dataset.iterator()` as tf.data has it. */
const dataset = (batches: readonly (() => object)[]) => ({
  size: null,
  async iterator() {
    const rest = [...batches];
    return {
      next: async () =>
        rest.length > 0 ? { value: rest.shift()!(), done: false } : { value: null, done: true },
    };
  },
});

// Stock convolutions have a gradient on wasm with the library's training kernels alone.
describe.skipIf(backend === 'wasm')('architectCallback', () => {
  it.each<[string, TaskSettings | undefined, (y: tf.Tensor) => tf.Tensor]>([
    ['the loss of the model', undefined, (y) => tf.clone(y)],
    ['a task', classification({ classWeights: [1, 3], labelSmoothing: 0.1 }), (y) => tf.cast(y, 'bool')],
    ['a task of class indices', classification(), (y) => tf.argMax(y, 1)],
  ])(
    'moves alphas and weights as createArchitect does in a loop by hand, to the bit, along %s',
    async (_, task, toTargets) => {
      const train = data(8, 1);
      const valid = tf.tidy(() => ({ x: images(5, 2), y: toTargets(labels(5)) }));
      const optimizers = [0, 1].map(() => adam({ learningRate: 0.05, betas: [0.5, 0.999] }));

      const fitted = small();
      const callback = architectCallback({
        valid,
        optimizer: optimizers[0]!,
        warmupEpochs: 1,
        ...(task && { task }),
      });
      await fitted.fit(train.x, train.y, { ...quiet, epochs: 3, batchSize: 4, callbacks: callback });

      const model = small();
      const forward = (x: tf.Tensor, options: object) => model.apply(x, { ...options }) as tf.Tensor;
      const loss = ({ x, y }: { x: tf.Tensor; y: tf.Tensor }, options: object) =>
        tf.tidy(() => tf.mean(metrics.categoricalCrossentropy(y, forward(x, options))) as tf.Scalar);
      const byHand: BilevelModel<{ x: tf.Tensor; y: tf.Tensor }> = {
        archVariables: () => archVariables(model),
        weightVariables: () => weightVariables(model),
        stateVariables: () => stateVariables(model),
        loss,
      };
      const architect = createArchitect({
        model: task ? taskModel(modelSupernet(model), task) : byHand,
        optimizer: optimizers[1]!,
      });
      const numbers = valid.y.dtype === 'bool' ? tf.cast(valid.y, 'float32') : tf.clone(valid.y);
      for (let step = 0; step < 6; step++) {
        const epoch = Math.floor(step / 2);
        const at = 4 * (step % 2);
        const batch = { x: tf.slice(train.x, at, 4), y: tf.slice(train.y, at, 4) };
        if (epoch > 0)
          architect.step({ train: batch, valid: { ...valid, y: numbers }, epoch, step }).validLoss.dispose();
        const moment = { epoch, step, pass: passes.weights };
        model.optimizer.minimize(
          () => loss(batch, { training: true, moment }),
          false,
          weightVariables(model),
        );
        tf.dispose(batch);
      }
      expect(bits(archVariables(fitted))).toEqual(bits(archVariables(model)));
      expect(bits(weightVariables(fitted))).toEqual(bits(weightVariables(model)));
      expect(callback.history.map(({ alphas }) => alphas.edge)[2]).toEqual(bits(archVariables(model))[0]);
      for (const optimizer of optimizers) optimizer.dispose();
      free(fitted, train, valid, numbers);
      free(model);
    },
  );

  it('reports the mean validation loss in logs and history, also beside other callbacks', async () => {
    const [model, train, valid] = [small(), data(6, 1), data(6, 2)];
    const seen: unknown[] = [];
    // The weights' optimizer makes its buffers.
    await model.fit(train.x, train.y, { ...quiet, epochs: 1 });
    const callback = architectCallback({ valid, batchSize: 2, every: 2, warmupEpochs: 1 });
    const { history } = await keepingNone(() =>
      model.fit(train.x, train.y, { ...quiet, epochs: 2, batchSize: 2, callbacks: callback }),
    );
    seen.push(...callback.history.map(({ archLoss }) => archLoss));
    expect(seen[0]).toBeUndefined();
    expect(history.archLoss).toEqual([seen[1]]);
    expect(seen[1]).toBeCloseTo(Math.log(2), 0);
    free(model, train, valid);
  });

  it('leaves alpha in peace while the weights train alone', async () => {
    const [model, train] = [small(), data(4, 1)];
    const before = bits(archVariables(model));
    await model.fit(train.x, train.y, {
      ...quiet,
      callbacks: architectCallback({ valid: train, warmupEpochs: 1 }),
    });
    expect(bits(archVariables(model))).toEqual(before);
    free(model, train);
  });

  it('searches in fitDataset, from a data set whose tensors it frees, with an optimizer of tf.train', async () => {
    const model = small();
    const batches = dataset([0, 1].map((i) => () => ({ xs: images(3, i), ys: labels(3) })));
    const optimizer = tf.train.sgd(0.5);
    const before = bits(archVariables(model));
    await model.fitDataset(dataset([() => ({ xs: images(3, 7), ys: labels(3) })]) as never, {
      epochs: 1,
      verbose: 0,
    });
    const { history } = await keepingNone(() =>
      model.fitDataset(batches as never, {
        epochs: 3,
        verbose: 0,
        callbacks: architectCallback({
          valid: dataset([() => ({ xs: images(4, 5), ys: labels(4) })]) as never,
          optimizer,
        }),
      }),
    );
    expect(history.archLoss).toHaveLength(3);
    expect(bits(archVariables(model))).not.toEqual(before);
    optimizer.dispose();
    free(model);
  });

  it('finds edges in nested models and wrappers, with several inputs, outputs and losses', async () => {
    const edges = ['outer', 'nested', 'wrapped'].map((name) => new MixedOp({ name, candidates, seed: name }));
    const [a, b] = [input({ shape: [4, 4, 2], name: 'a' }), input({ shape: [2, 4, 4, 2], name: 'b' })];
    const pool = (x: unknown) =>
      layers.globalAveragePooling2d({}).apply(x as SymbolicTensor) as SymbolicTensor;
    const nested = sequential({
      name: 'inner',
      layers: [layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 2], ...init }), edges[1]!],
    });
    const wrapped = layers.timeDistributed({ layer: edges[2]! }).apply(b) as SymbolicTensor;
    const features = layers
      .dense({ units: 1, ...init })
      .apply(layers.flatten().apply(wrapped)) as SymbolicTensor;
    const model = compiled(
      tfModel({
        inputs: [a, b],
        outputs: [
          layers
            .dense({ name: 'value', units: 1, ...init })
            .apply(
              layers.concatenate().apply([pool(nested.apply(edges[0]!.apply(a))), features]),
            ) as SymbolicTensor,
          layers
            .dense({ name: 'kind', units: 2, activation: 'softmax', ...init })
            .apply(features) as SymbolicTensor,
        ],
      }),
      { value: 'meanSquaredError', kind: 'categoricalCrossentropy' },
    );
    const x = () => ({ a: images(4, 1), b: tf.randomUniform([4, 2, 4, 4, 2], -1, 1, 'float32', 2) });
    const y = () => ({ value: tf.ones([4, 1]), kind: labels(4) });
    const [train, valid] = [
      { x: x(), y: y() },
      { x: Object.values(x()), y: y() },
    ];
    const before = bits(archVariables(model));
    const callback = architectCallback({ valid, batchSize: 3 });
    await model.fit(train.x, train.y, { ...quiet, epochs: 1 });
    await keepingNone(() => model.fit(train.x, train.y, { ...quiet, epochs: 1, callbacks: [callback] }));
    const record = callback.history[0]!;
    expect(Object.keys(record.alphas).sort()).toEqual(['nested', 'outer', 'wrapped']);
    expect(bits(archVariables(model)).filter((alpha, i) => `${alpha}` === `${before[i]}`)).toEqual([]);

    // tfjs gives the sums of the losses up to each output.
    const scores = model.evaluate(train.x as never, train.y as never) as tf.Scalar[];
    const loss = bilevelModel(model).loss(train, {
      training: false,
      moment: { epoch: 0, step: 0, pass: passes.valid },
    });
    expect(loss.dataSync()[0]).toBeCloseTo(scores[1]!.dataSync()[0]!, 3);
    tf.dispose([loss, ...scores]);
    free(model, train, valid);
  });

  it.each([false, true])(
    'looks one step ahead of the momentum the model is compiled with, nesterov %s',
    async (nesterov) => {
      const [train, valid] = [data(4, 1), data(4, 2)];
      const run = async (weightOptimizer?: ReturnType<typeof sgd>) => {
        const model = small();
        const own = tf.train.momentum(0.2, nesterov ? 0.9 : 0, nesterov);
        model.compile({ optimizer: own, loss: 'categoricalCrossentropy' });
        const optimizer = adam({ learningRate: 0.05 });
        const options: ArchitectCallbackOptions = { valid, train, optimizer, order: 'second' };
        const callback = architectCallback(weightOptimizer ? { ...options, weightOptimizer } : options);
        await model.fit(train.x, train.y, { ...quiet, epochs: 1, callbacks: callback });
        const alphas = bits(archVariables(model));
        optimizer.dispose();
        free(model);
        // tfjs forgets one tensor of a momentum optimizer.
        tf.SGDOptimizer.prototype.dispose.call(own);
        return alphas;
      };
      const plain = sgd({ learningRate: 0.2 });
      const [own, given] = [await run(), await run(plain)];
      if (nesterov) expect(own).not.toEqual(given);
      else expect(farthest('alpha', own[0]!, given[0]!, 1e-4)).toEqual([]);
      plain.dispose();
      tf.dispose([train, valid] as unknown as tf.TensorContainer);
    },
  );

  it('refuses what it cannot search with, and keeps nothing of it', async () => {
    const [model, train] = [small(), data(4, 1)];
    const bad = (options: object) => () => architectCallback(options as ArchitectCallbackOptions);
    expect(bad({})).toThrow('architectCallback: valid must be data, got undefined; pass { x, y }');
    expect(bad({ valid: { x: train.x } })).toThrow('architectCallback: valid.y must be tensors');
    expect(bad({ valid: train, every: 0 })).toThrow('every must be a positive integer, got 0');
    expect(bad({ valid: train, order: 'third' })).toThrow("order must be 'first' or 'second'");
    expect(bad({ valid: train, order: 'second' })).toThrow('needs the examples that weights train on');
    expect(bad({ valid: train, task: 'regression' })).toThrow('architectCallback: task must be an object');
    expect(bad({ valid: train, optimizer: 3 })).toThrow('optimizer must move alpha, got 3');
    expect(bad({ valid: train, epochs: 3 })).toThrow('there is no such option');

    const wide = { x: tf.ones([4, 5, 5, 2]), y: labels(4) };
    const gone = data(4, 3);
    const withTargets = (y: tf.Tensor) => ({ x: train.x, y });
    const nan = withTargets(tf.fill([4, 2], Number.NaN));
    const strange = withTargets(tf.tensor1d([0, 1, 2, 1], 'int32'));
    const shares = withTargets(tf.fill([4, 2], 3));
    const alphas = bits(archVariables(model));
    // Without fit(), which keeps a tensor of its own where a callback throws.
    const begin = async (callback: ArchitectCallback, target = model) => {
      callback.setModel((target as unknown as { model: LayersModel }).model as never);
      await callback.onTrainBegin();
      await callback.onEpochBegin(0);
      await callback.onBatchBegin(0, {});
    };
    const attempt = (options: object, target?: typeof model) => begin(bad(options)(), target);
    const late = bad({ valid: gone })();
    tf.dispose(gone as unknown as tf.TensorContainer);
    const noEdge = compiled(
      sequential({ layers: [layers.flatten({ inputShape: [4, 4, 2] }), layers.dense({ units: 2 })] }),
      'meanSquaredError',
    );
    const failing = [
      [() => attempt({ valid: wide }), 'architectCallback: the batch must fit the model'],
      [() => attempt({ valid: train }, noEdge), 'architectCallback: the model must hold a mixed edge'],
      [
        () => attempt({ valid: train, loss: 'meanSquaredError', task: classification() }),
        'alpha descends the loss of the task or another',
      ],
      [
        () => attempt({ valid: train, task: classification({ classWeights: [1, 2, 3] }) }),
        'classWeights must be one for each of 2 outputs',
      ],
      [() => attempt({ valid: train, task: multiLabel() }), "'multi-label' applies a sigmoid by itself"],
      [() => attempt({ valid: wide, task: classification() }), 'whose inputs are 4x4x2'],
      [
        () => attempt({ valid: train, loss: 'nonsense' }),
        'architectCallback: loss must be one that compile() takes',
      ],
      [() => attempt({ valid: dataset([]) }), 'valid must give at least one batch'],
      [() => attempt({ valid: train, train, order: 'second' }), 'looks through a step of tf.train.sgd'],
      [() => begin(late), 'must not be disposed'],
      [
        () => attempt({ valid: nan }),
        'architectCallback: the validation loss must be finite, at epoch 0, step 0, got NaN',
      ],
      ...[strange, shares].map(
        (valid) =>
          [
            () => attempt({ valid, task: { kind: 'classification' } }),
            "a batch of valid has targets that are none of the task 'classification'",
          ] as const,
      ),
      [
        () => model.fit(train.x, train.y, { ...quiet, callbacks: [{}, bad({ valid: train })()] as never }),
        'put it first in the list',
      ],
    ] as const;
    for (const [run, text] of failing) await keepingNone(() => expect(run(), text).rejects.toThrow(text));
    expect(bits(archVariables(model))).toEqual(alphas);
    free(model, train, wide, nan.y, strange.y, shares.y);
    free(noEdge);
  });
});

describe('bilevelModel', () => {
  it('takes a loss for a model that is not compiled, and refuses one without', () => {
    const model = sequential({ layers: [noisyEdgeOn([4, 4, 2]), layers.flatten({})] });
    expect(() => bilevelModel(model)).toThrow('bilevelModel: the model must be compiled');
    expect(() => bilevelModel(3 as never)).toThrow('bilevelModel: a tf.LayersModel is needed, got 3');
    const batch = { x: tf.ones([1, 4, 4, 2]), y: tf.zeros([1, 32]) };
    const moment = { epoch: 0, step: 0, pass: passes.valid };
    const bilevel = bilevelModel(model, { loss: 'meanSquaredError' });
    const loss = bilevel.loss(batch, { training: false, moment });
    expect(loss.dataSync()[0]).toBeGreaterThan(0);
    tf.dispose([loss, batch.x, batch.y]);
    free(model);
  });
});

describe('the example of the README', () => {
  const chosen = ['skip_connect', 'avg_pool_3x3', 'sep_conv_3x3'] as const;
  const mixed = (more = {}) => new NoisyMixedOp({ name: 'edge', candidates: chosen, ...more });
  const stem = () =>
    layers.conv2d({
      filters: 8,
      kernelSize: 3,
      strides: 2,
      activation: 'relu',
      inputShape: [8, 8, 1],
      kernelInitializer: initializers.glorotUniform({ seed: 1 }),
    });
  const head = () =>
    layers.dense({
      units: 10,
      activation: 'softmax',
      kernelInitializer: initializers.glorotUniform({ seed: 2 }),
    });
  const apply = (layer: layers.Layer, ...x: SymbolicTensor[]) =>
    layer.apply(x.length === 1 ? x[0]! : x) as SymbolicTensor;
  const plain = (...inner: layers.Layer[]) =>
    sequential({ layers: [stem(), ...inner, layers.flatten(), head()] });
  /** One that sees the picture and its mean rows. */
  const ofTwo = () => {
    const [a, b] = [input({ shape: [8, 8, 1] }), input({ shape: [8, 1, 1] })] as [
      SymbolicTensor,
      SymbolicTensor,
    ];
    const parts = [apply(layers.flatten(), apply(mixed(), apply(stem(), a))), apply(layers.flatten(), b)];
    return tfModel({ inputs: [a, b], outputs: apply(head(), apply(layers.concatenate(), ...parts)) });
  };
  const nested = () =>
    plain(
      sequential({ name: 'inner', layers: [mixed({ inputShape: [3, 3, 8] }), layers.batchNormalization()] }),
    );
  const rows = (x: tf.Tensor) => [x, tf.mean(x, 2, true)];

  // The generic bodies would take a minute.
  it
    .runIf(process.env.BACKEND?.endsWith('-fast'))
    .each<[string, () => LayersModel, (x: tf.Tensor) => tf.Tensor | tf.Tensor[], 'fit' | 'fitDataset']>([
      ['a sequential model', () => plain(mixed()), (x) => x, 'fit'],
      ['a data set of batches', () => plain(mixed()), (x) => x, 'fitDataset'],
      ['a model of two inputs', ofTwo, rows, 'fit'],
      ['a nested model', nested, (x) => x, 'fit'],
    ])(
    'searches an edge, derives, trains and tests what it found, with %s',
    async (_, make, inputsOf, by) => {
      const digits = decodeDigits(await readFile('examples/data/digits.bin'));
      const part = (from: number, to: number) => {
        const { images, labels } = digits.read(Array.from({ length: to - from }, (_, i) => from + i));
        return tf.tidy(() => ({
          x: inputsOf(tf.tensor4d(images, [to - from, 8, 8, 1])),
          y: tf.oneHot(tf.tensor1d(labels, 'int32'), 10),
        }));
      };
      const [train, valid, test] = [part(0, 500), part(500, 1000), part(1000, digits.size)];
      const batches = dataset(
        Array.from({ length: 16 }, (_, i) => () => {
          const { x, y } = part(31 * i, 31 * (i + 1));
          return { xs: x, ys: y };
        }),
      );
      const learn = (model: LayersModel, callbacks: ArchitectCallback[] = []) =>
        by === 'fit'
          ? model.fit(train.x, train.y, { ...quiet, epochs: 6, callbacks })
          : model.fitDataset(batches as never, { epochs: 6, verbose: 0, callbacks });

      const model = make();
      const how = { loss: 'categoricalCrossentropy', metrics: ['accuracy'] };
      model.compile({ ...how, optimizer: tf.train.adam(0.01) });
      const optimizer = tf.train.sgd(0.5);
      await learn(model, [architectCallback({ valid, optimizer })]);

      const found = deriveModel(model);
      found.compile({ ...how, optimizer: tf.train.adam(0.01) });
      await learn(found);
      const scores = found.evaluate(test.x, test.y) as tf.Scalar[];
      expect(modelGenotype(model).edge).toBe(mixedEdges(model)[0]!.decode().op);
      expect(scores[1]!.dataSync()[0]).toBeGreaterThan(0.75);
      optimizer.dispose();
      // model.dispose() keeps the layers of a sequential model in another.
      for (const { weights, optimizer: own } of [model, found]) {
        own.dispose();
        tf.dispose(weights.map((weight) => weight.read()));
      }
      tf.dispose([train, valid, test, scores] as unknown as tf.TensorContainer);
    },
  );
});
