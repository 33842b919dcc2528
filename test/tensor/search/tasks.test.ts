import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { createSupernet, evaluate, gaussianNoise, memoryStore, NoisyMixedOp, search } from 'noisydarts';
import { dominantEigenvalue, lossLandscape } from 'noisydarts/analysis';
import { type Dataset, decodeDigits, fromArrays, type ImageBatch } from 'noisydarts/data';
import { evaluateNetwork, trainNetwork } from 'noisydarts/network';
import { describeRun, renderReport, withProgress } from 'noisydarts/node';
import type { SearchEvent, SearchOptions } from 'noisydarts/search';
import { localEngine } from 'noisydarts/search';
import { taskModel } from 'noisydarts/supernet';
import { classification, defineTask, multiLabel, regression, type TaskSettings } from 'noisydarts/tasks';
import { describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { tinyNetwork } from '../network/training/support';
import { everything, tinySpace } from './support';

leavesNoTensors();

const SIDE = 8;
const digits = decodeDigits(new Uint8Array(readFileSync('examples/data/digits.bin')), { limit: 40 });

/** What is told of a digit: its targets, or none where they are its class. */
interface Told {
  readonly task: TaskSettings;
  readonly names: readonly string[];
  of(image: Float32Array, label: number): readonly number[];
}

/** Where the ink is: its mean row and column, on [0, 1]. */
function inkCentre(image: Float32Array): [number, number] {
  let [ink, y, x] = [0, 0, 0];
  for (const [i, value] of image.entries()) {
    ink += value;
    y += value * Math.floor(i / SIDE);
    x += value * (i % SIDE);
  }
  return [y / ink / (SIDE - 1), x / ink / (SIDE - 1)];
}

const told: Readonly<Record<'regression' | 'labels', Told>> = {
  regression: { task: regression(), names: ['row', 'column'], of: inkCentre },
  labels: {
    task: multiLabel({ classWeights: [1, 2, 1] }),
    names: ['has a loop', 'is even', 'is straight'],
    of: (_, label) =>
      [
        [0, 6, 8, 9],
        [0, 2, 4, 6, 8],
        [1, 4, 7],
      ].map((those) => Number(those.includes(label))),
  },
};

/** Digits `from` to `to` with the targets of a task. */
function part({ names, of }: Told, from: number, to: number): Dataset {
  const indices = Array.from({ length: to - from }, (_, i) => from + i);
  const { images, labels } = digits.read(indices) as ImageBatch;
  const y = indices.flatMap((_, n) => of(images.subarray(64 * n, 64 * (n + 1)), labels[n]!));
  return fromArrays({
    name: `digits ${from}-${to}`,
    x: images,
    y,
    shape: [SIDE, SIDE, 1],
    targets: { shape: [names.length], names },
  });
}

const supernetOf = (classes: number) =>
  createSupernet({
    space: tinySpace,
    noise: gaussianNoise({ std: 0.2 }),
    channels: 2,
    cells: 2,
    classes,
    seed: 7,
    inputShape: [SIDE, SIDE, 1],
  });

/** Runs to the end, or up to so many steps. */
async function run(events: AsyncIterable<SearchEvent>, steps = Number.POSITIVE_INFINITY) {
  const seen: SearchEvent[] = [];
  for await (const event of events) {
    seen.push(event);
    if (event.type === 'step' && --steps === 0) break;
  }
  return seen;
}

const without = (value: unknown) =>
  JSON.parse(
    JSON.stringify(value, (key, inner) =>
      ['seconds', 'secondsLeft', 'imagesPerSecond'].includes(key) ? undefined : inner,
    ),
  );

describe.each(Object.entries(told))('a search for %s of the digits', (_, kind) => {
  const options = {
    task: kind.task,
    train: part(kind, 0, 16),
    valid: part(kind, 16, 28),
    epochs: 2,
    batchSize: 8,
    augment: { mixup: { alpha: 0.4 } },
  };

  it('learns, and goes on as if it had never stopped', async () => {
    const supernet = supernetOf(kind.names.length);
    const before = await evaluate(supernet, options.valid, { task: kind.task });
    const whole = (await run(search({ supernet, ...options }))) as SearchEvent[];
    const done = whole.at(-1)!;
    if (done.type !== 'done') throw new Error('not done');
    const last = done.history[1]!;
    expect(last.trainAccuracy).toBeNull();
    expect(Object.keys(last.trainMetrics!)).toEqual(Object.keys(before.metrics));
    expect(last.validMetrics).toEqual(
      (await evaluate(supernet, options.valid, { task: kind.task, batchSize: 8 })).metrics,
    );
    expect(last.trainLoss).toBeLessThan(done.history[0]!.trainLoss);

    const store = memoryStore();
    const stopped = supernetOf(kind.names.length);
    await run(search({ supernet: stopped, ...options, checkpoint: { store, everySteps: 1 } }), 4);
    const again = supernetOf(kind.names.length);
    const bytes = (await store.load())!;
    const rest = await run(search({ supernet: again, ...options, resume: bytes }));
    expect(without(rest.at(-1))).toEqual(without(done));
    expect(everything(again)).toEqual(everything(supernet));

    // The task is part of what the run is.
    const other = search({ supernet: again, ...options, task: regression({ loss: 'mae' }), resume: bytes });
    await expect(other.next()).rejects.toThrow(/^search: .*task/);
    for (const one of [supernet, stopped, again]) one.dispose();
  });
});

const options = (kind: Told): Omit<SearchOptions<typeof tinySpace>, 'supernet'> => ({
  task: kind.task,
  train: part(kind, 0, 8),
  valid: part(kind, 8, 16),
  epochs: 1,
  batchSize: 8,
});

it('the second order, Hessian, gap, progress and the report go through the task', async () => {
  const kind = told.regression;
  const supernet = supernetOf(2);
  const lines: string[] = [];
  const stream = new Writable({
    write(text, _, next) {
      lines.push(String(text));
      next();
    },
  });
  const settings: SearchOptions<typeof tinySpace> = {
    ...options(kind),
    supernet,
    alpha: { order: 'second' },
    diagnostics: { gap: true, eigenvalue: { images: 4, iterations: 2 } },
  };
  const events = await run(withProgress(search(settings), { stream }));
  expect(lines.join('')).toMatch(/valid loss \S+ mean absolute error \S+ root mean square error \S+ /);
  expect(lines.join('')).not.toContain('accuracy');
  const done = events.at(-1)!;
  if (done.type !== 'done') throw new Error('not done');
  const { gap, eigenvalue } = done.history[0]!.diagnostics!;
  expect(gap!.derived.metrics.mae).toBeGreaterThan(0);
  const described = describeRun(settings);
  expect(described.search).toMatchObject({ task: kind.task, train: { targets: { names: kind.names } } });
  const page = renderReport({
    name: 'ink',
    space: tinySpace,
    history: done.history,
    epochs: 1,
    settings: described,
  });
  for (const text of [
    'Mean absolute error',
    'Valid root mean square error',
    'Discretisation, mean absolute error',
  ])
    expect(page).toContain(text);
  expect(page.toLowerCase()).not.toContain('accuracy');

  // The same eigenvalue by hand, over the loss of the task.
  const batch = tf.tidy(() => {
    const { x, y } = options(kind).valid.read([0, 1, 2, 3]) as { x: Float32Array; y: Float32Array };
    return { x: tf.tensor4d(x, [4, SIDE, SIDE, 1]), y: tf.tensor2d(y, [4, 2]) };
  });
  const { max } = await dominantEigenvalue(taskModel(supernet, kind.task), batch, {
    weightDecay: 1e-3,
    iterations: 2,
    tolerance: 0.01,
    moment: { epoch: 0, step: 0, pass: 3 },
  });
  expect(max).toBe(eigenvalue!.max);

  // A landscape of the task, around the loss at the parameters.
  const model = taskModel(supernet, kind.task);
  const moment = { epoch: 0, step: 0, pass: 3 };
  const loss = model.loss(batch as never, { training: true, moment });
  for await (const { type, landscape } of lossLandscape(model, [batch as never], { points: 2, moment }))
    if (type === 'done') {
      expect(landscape.centre).toBe(loss.dataSync()[0]);
      expect(new Set(landscape.loss).size).toBe(4);
    }
  loss.dispose();
  tf.dispose([batch.x, batch.y]);
  supernet.dispose();
});

it('a network learns a task, is tested in it, and goes on as if it had never stopped', async () => {
  const kind = told.labels;
  const make = () => tinyNetwork({ classes: 3, inputShape: [SIDE, SIDE, 1], seed: 3 });
  const store = memoryStore();
  const shared = {
    task: kind.task,
    train: part(kind, 0, 16),
    heldOut: part(kind, 16, 24),
    epochs: 2,
    batchSize: 8,
  };
  const finish = async (network: ReturnType<typeof make>, more: object = {}) => {
    for await (const event of trainNetwork({ network, ...shared, ...more })) {
      if (event.type === 'best')
        expect(event).toMatchObject({ accuracy: null, metrics: { exact: expect.any(Number) } });
      if (event.type === 'done') return event;
    }
    throw new Error('not done');
  };
  const network = make();
  const done = await finish(network, { checkpoint: { store, everyEpochs: 2, everySteps: 3 } });
  const { metrics } = await evaluateNetwork(network, shared.heldOut, { task: kind.task, batchSize: 8 });
  expect(Object.keys(metrics)).toEqual(['labelAccuracy', 'exact']);
  expect(done.history[1]!.validMetrics).toEqual(metrics);
  expect(done.heldOut).toMatchObject({ images: 8, metrics });
  const half = memoryStore();
  const stopped = make();
  for await (const event of trainNetwork({
    network: stopped,
    ...shared,
    checkpoint: { store: half, everySteps: 3 },
  }))
    if (event.type === 'checkpoint' && event.step === 3) break;
  const again = make();
  const resumed = await finish(again, { resume: await half.load() });
  expect(without({ ...resumed, best: resumed.best.epoch })).toEqual(
    without({ ...done, best: done.best.epoch }),
  );
  expect(Array.from(resumed.best.weights[0]!.data)).toEqual(Array.from(done.best.weights[0]!.data));
  for (const one of [network, stopped, again])
    for (const { val } of one.weights as never as { val: tf.Variable }[]) val.dispose();
});

// Stock convolutions have a gradient on wasm with the library's training kernels alone.
it.skipIf(backend === 'wasm')('maps are learnt by a model and a task of one’s own', async () => {
  const overlap = (outputs: tf.Tensor, targets: tf.Tensor) => {
    const [on, is] = [tf.greater(outputs, 0), tf.greater(targets, 0.5)];
    const count = (flags: tf.Tensor) => tf.add(tf.sum(tf.cast(flags, 'float32')), 1);
    return tf.mul(tf.div(count(tf.logicalAnd(on, is)), count(tf.logicalOr(on, is))), 100) as tf.Scalar;
  };
  const ink = defineTask({
    kind: 'ink',
    loss: (outputs, targets) => tf.mean(tf.sub(tf.softplus(outputs), tf.mul(targets, outputs))) as tf.Scalar,
    metrics: { overlap: { better: 'higher', unit: '%', of: overlap } },
    better: 'overlap',
  });
  const { images } = digits.read(Array.from({ length: 16 }, (_, i) => i)) as ImageBatch;
  const dense = (from: number, to: number) =>
    fromArrays({
      x: images.slice(64 * from, 64 * to),
      y: images.slice(64 * from, 64 * to).map((value) => Number(value > 0.5)),
      shape: [SIDE, SIDE, 1],
      targets: { shape: [SIDE, SIDE, 1] },
    });
  const edge = new NoisyMixedOp({ name: 'edge', candidates: ['skip_connect', 'sep_conv_3x3'], seed: 1 });
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', inputShape: [SIDE, SIDE, 1] }),
      edge,
      layers.conv2d({ filters: 1, kernelSize: 1 }),
    ],
  });
  const events: { type: string }[] = [];
  for await (const event of search({
    model,
    task: ink,
    train: dense(0, 8),
    valid: dense(8, 16),
    epochs: 2,
    batchSize: 4,
    augment: { flip: true, crop: { padding: 1 } },
  }))
    events.push(event);
  const done = events.at(-1) as { type: string; history?: { trainLoss: number; validMetrics: object }[] };
  expect(done.type).toBe('done');
  expect(done.history![1]!.trainLoss).toBeLessThan(done.history![0]!.trainLoss);
  expect(done.history![1]!.validMetrics).toEqual({ overlap: expect.any(Number) });
  model.dispose();
});

describe('what does not go together is refused', () => {
  const kind = told.regression;
  it.each<[string, object, string]>([
    [
      'classes for numbers',
      { train: digits, valid: digits },
      "search: train must have targets of the supernet's outputs, 2, got",
    ],
    [
      'another number of targets',
      { ...options(told.labels), task: kind.task },
      "search: train must have targets of the supernet's outputs, 2, got",
    ],
    [
      'numbers without a task',
      { task: undefined },
      "search: stopped at epoch 0, step 0: classification: a batch has targets that are none of the task 'classification', got [8, 2]; correct them, or pass the task they are for",
    ],
    ['no task', { task: 'regression' }, 'search: task must be an object'],
    ['a task nobody knows', { task: { kind: 'never' } }, 'search: there is no task of this kind'],
  ])('%s', async (_, change, message) => {
    const supernet = supernetOf(kind.names.length === 2 ? 2 : 3);
    const given = { ...options(kind), supernet: supernet, ...change };
    if ('task' in change && change.task === undefined) Reflect.deleteProperty(given, 'task');
    const events = search(given as never);
    await expect(events.next()).rejects.toThrow(message);
    supernet.dispose();
  });

  it('an engine of another task', async () => {
    const supernet = supernetOf(2);
    const engine = localEngine(supernet, classification());
    await expect(search({ ...options(kind), supernet, engine }).next()).rejects.toThrow(
      'search: the engine must have the task of the run, got {"kind":"classification"}; create it with this task',
    );
    supernet.dispose();
  });
});
