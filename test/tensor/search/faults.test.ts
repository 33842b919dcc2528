import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, darts, evaluate, memoryStore, mobile, SearchError, search } from 'noisydarts';
import { decodeCheckpoint, encodeCheckpoint } from 'noisydarts/runs';
import { stopOnEigenvalue, stopOnSkips, stopOnStableRanking } from 'noisydarts/search';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { free, tinyNetwork } from '../network/training/support';
import { everything, halves, type TinyOptions, tinySearch, tinySpace, tinySupernet } from './support';

/** The error that a search of the tiny supernet ends with, and the supernet's values after it. */
async function failed(options: object, supernet = tinySupernet()) {
  const before = everything(supernet);
  const error = (await tinySearch(options as TinyOptions, supernet).catch((e: unknown) => e)) as Error;
  const after = everything(supernet);
  supernet.dispose();
  expect(error).toBeInstanceOf(Error);
  return { error, untouched: JSON.stringify(after) === JSON.stringify(before) };
}

async function checkpointOf(options: TinyOptions = {}) {
  const store = memoryStore();
  const supernet = tinySupernet();
  await tinySearch({ ...options, checkpoint: { store } }, supernet);
  supernet.dispose();
  return (await store.load())!;
}

let made: Promise<Uint8Array> | undefined;
/** The last checkpoint of the tiny search. */
const plainCheckpoint = () => {
  made ??= checkpointOf();
  return made;
};

// biome-ignore lint/suspicious/noExplicitAny: what a checkpoint must not hold has no type
type Change = (meta: any, tensors: any[]) => void;

/** A checkpoint with other content and a right checksum. */
function rewritten(bytes: Uint8Array, change: Change): Uint8Array {
  const { meta, tensors } = decodeCheckpoint(bytes);
  const copies = tensors.map((tensor) => ({ ...tensor }));
  change(meta, copies);
  return encodeCheckpoint({ meta, tensors: copies });
}

describe('a search that diverges', () => {
  leavesNoTensors();

  it('keeps its last finite checkpoint, says so, and never stores a state that is not finite', async () => {
    const saved: Uint8Array[] = [];
    const store = { ...memoryStore(), save: async (bytes: Uint8Array) => void saved.push(bytes.slice()) };
    const { error } = await failed({
      epochs: 8,
      weights: { learningRate: 1e5 },
      checkpoint: { store, everySteps: 1 },
    });
    expect(error).toBeInstanceOf(SearchError);
    expect(saved.length).toBeGreaterThan(0);
    for (const bytes of saved)
      for (const { data } of decodeCheckpoint(bytes).tensors) expect(data.every(Number.isFinite)).toBe(true);
    const { epoch, step } = (decodeCheckpoint(saved.at(-1)!).meta as { position: Record<string, number> })
      .position;
    expect(error.message).toContain(`last good checkpoint: memory (epoch ${epoch}, step ${step})`);
  });

  it('stops at an evaluation that is not finite instead of recording that there was none', async () => {
    const store = memoryStore();
    const supernet = tinySupernet();
    const infinite = supernet.stateVariables()[0]!;
    const run = search({
      supernet,
      train: halves('train', 12),
      valid: halves('valid', 8),
      epochs: 2,
      batchSize: 4,
      checkpoint: { store },
    });
    const types: string[] = [];
    const error = await (async () => {
      for await (const event of run) {
        types.push(event.type);
        // Running statistics count in evaluation only.
        if (event.type === 'step' && event.step === 2)
          tf.tidy(() => infinite.assign(tf.fill(infinite.shape, Number.NaN)));
      }
    })().catch((e: unknown) => e as Error);
    supernet.dispose();
    expect(types).toEqual(['step', 'step', 'step']);
    expect((error as Error).message).toBe(
      'search: stopped at epoch 0, step 3: search: validLoss must be finite, got NaN; lower the learning rate; last good checkpoint: none',
    );
    expect(await store.load()).toBeUndefined();
  });
});

describe('a step that throws', () => {
  leavesNoTensors();

  it.each(['first', 'second'] as const)('keeps nothing of its pass, in %s order', async (order) => {
    const supernet = tinySupernet();
    const classifier = supernet.classifier;
    const call = classifier.call.bind(classifier);
    let passes = 0;
    classifier.call = (...args) => {
      if (++passes > 3) throw new Error('no more');
      return call(...args);
    };
    const before = tf.memory().numTensors;
    const error = await tinySearch({ alpha: { order } }, supernet).catch((e: unknown) => e as Error);
    expect((error as Error).message).toContain(': no more; last good checkpoint: none');
    expect(tf.memory().numTensors).toBe(before);
    supernet.dispose();
  });

  it('keeps nothing where cells run twice', async () => {
    const supernet = createSupernet({
      space: tinySpace,
      channels: 2,
      cells: 3,
      classes: 2,
      recompute: 'cell',
      inputShape: [6, 6, 1],
    });
    const cell = supernet.cells[1]!;
    const call = cell.call.bind(cell);
    let passes = 0;
    cell.call = (...args) => {
      // The second pass of the same step: the way back.
      if (++passes === 2) throw new Error('not again');
      return call(...args);
    };
    const before = tf.memory().numTensors;
    await expect(tinySearch({}, supernet as never)).rejects.toThrow('not again');
    expect(tf.memory().numTensors).toBe(before);
    supernet.dispose();
  });
});

describe('a checkpoint of right checksum and wrong content', () => {
  leavesNoTensors();

  it.each<[string, Change]>([
    ['no position', (meta) => delete meta.position],
    ['no settings', (meta) => delete meta.settings],
    ['no optimizers', (meta) => delete meta.optimizers],
    ['an optimizer missing', (meta) => delete meta.optimizers.alpha],
    ['an optimizer of another kind', (meta) => Object.assign(meta.optimizers.alpha, { kind: 'sgd' })],
    ['no counts', (meta) => delete meta.optimizers.alpha.numbers['count.0']],
    ['a position of strings', (meta) => Object.assign(meta.position, { epoch: '1', step: '3' })],
    ['a huge epoch', (meta) => Object.assign(meta.position, { epoch: 1e9, step: 3e9 })],
    ['a huge step in the epoch', (meta) => Object.assign(meta.position, { stepInEpoch: 1e9, step: 1e9 })],
    ['no means', (meta) => Object.assign(meta.position, { means: null })],
    ['no history', (meta) => Object.assign(meta.position, { history: {} })],
    ['a history of nothing', (meta) => Object.assign(meta.position, { history: [null, null] })],
    ['a history without genotypes', (meta) => delete meta.position.history[0].genotype],
    ['a history of other alphas', (meta) => delete meta.position.history[0].alphas.normal[0]],
    [
      'a value of another size',
      (_, tensors) => Object.assign(tensors[3], { shape: [1], data: new Float32Array(1) }),
    ],
    ['a value missing', (_, tensors) => tensors.splice(3, 1)],
    [
      'a buffer of another size',
      (_, tensors) =>
        Object.assign(
          tensors.find(({ name }) => name === 'weights/momentum.1'),
          { shape: [1], data: new Float32Array(1) },
        ),
    ],
    [
      'a buffer missing',
      (_, tensors) =>
        tensors.splice(
          tensors.findIndex(({ name }) => name === 'alpha/v.0'),
          1,
        ),
    ],
    ['a value that is not finite', (_, tensors) => (tensors[3].data[0] = Number.NaN)],
  ])('is refused, and nothing changes: %s', async (_, change) => {
    const resume = rewritten(await plainCheckpoint(), change);
    const { error, untouched } = await failed({ resume });
    expect(error.message).toMatch(/^(search|Adam\.restore|Sgd\.restore): .*, got .*; /);
    expect(untouched).toBe(true);
  });

  it('is refused with no meta data, a torn header or a list of values too long', async () => {
    const bytes = await plainCheckpoint();
    const { tensors } = decodeCheckpoint(bytes);
    for (const meta of [null, 5, [], 'text', {}])
      expect((await failed({ resume: encodeCheckpoint({ meta, tensors }) })).error.message).toContain(
        'search: the checkpoint must hold settings, optimizers and a position',
      );
    const longer = encodeCheckpoint({
      meta: {},
      tensors: [{ name: 'a', shape: [9], data: new Float32Array(8) }],
    });
    const twice = { name: 'a', shape: [1], data: new Float32Array(1) };
    for (const torn of [longer, encodeCheckpoint({ meta: {}, tensors: [twice, twice] })])
      expect(() => decodeCheckpoint(torn)).toThrow(
        'decodeCheckpoint: the header must be JSON that names every value and its size',
      );
    expect(() => decodeCheckpoint('checkpoint' as never)).toThrow('a checkpoint must be a Uint8Array');
  });

  it('of version 1 goes on as it would have', async () => {
    const old = rewritten(await plainCheckpoint(), (meta) => {
      const { means, own: _, ...position } = meta.position;
      meta.position = { loss: { sum: 0, count: 0 }, accuracy: { sum: 0, count: 0 }, ...means, ...position };
      delete meta.settings.threads;
      delete meta.settings.dropLast;
    });
    const supernet = tinySupernet();
    const { events } = await tinySearch({ resume: old }, supernet);
    supernet.dispose();
    expect(events.map(({ type }) => type)).toEqual(['done']);
  });
});

describe('resuming with other settings', () => {
  leavesNoTensors();

  it('compares by value, whatever the order of keys, and names where they differ', async () => {
    const resume = await checkpointOf({ augment: { flip: true, crop: { padding: 1 } } });
    const supernet = tinySupernet();
    await tinySearch({ augment: { crop: { padding: 1 }, flip: true }, resume }, supernet);
    supernet.dispose();
    const { error } = await failed({ augment: { crop: { padding: 2 }, flip: true }, resume });
    expect(error.message).toContain(
      '(augment), got augment.crop.padding is 1 there and 2 here; resume with the settings of that run',
    );
  });

  it('refuses another number of threads', async () => {
    const resume = await plainCheckpoint();
    const supernet = tinySupernet();
    const engine = {
      supernet,
      threads: 2,
      gradients: () => Promise.reject(new Error()),
      dispose: async () => {},
    };
    const { error } = await failed({ resume, engine }, supernet);
    expect(error.message).toContain('(threads), got threads is 1 there and 2 here');
  });

  it('reports where it goes on, with the history', async () => {
    const store = memoryStore();
    const supernet = tinySupernet();
    const controller = new AbortController();
    const run = search({
      supernet,
      train: halves('train', 12),
      valid: halves('valid', 8),
      epochs: 2,
      batchSize: 4,
      seed: 5,
      checkpoint: { store },
      signal: controller.signal,
    });
    for await (const event of run) if (event.type === 'step' && event.step === 3) controller.abort();
    const { events } = await tinySearch({ resume: (await store.load())! }, supernet);
    supernet.dispose();
    expect(events[0]).toMatchObject({ type: 'resumed', epoch: 1, step: 4, history: [{ epoch: 0 }] });
  });
});

describe('what cannot be searched is refused before anything is trained', () => {
  leavesNoTensors();

  it.each<[object, string]>([
    [{ alpha: { order: 'third' } }, "search, alpha: order must be 'first' or 'second', got 'third'"],
    [{ alpha: { turn: 'never' } }, "search, alpha: turn must be 'before' or 'after', got 'never'"],
    [
      { alpha: { warmupEpochs: Number.NaN } },
      'search, alpha: warmupEpochs must be a whole number of at least 0, got NaN',
    ],
    [{ alpha: { betas: [0.5] } }, 'adam: betas[1] must be a number from 0 to below 1, got undefined'],
    [{ alpha: { rate: 1 } }, 'search, alpha: there is no such option'],
    [{ evaluateEvery: Number.NaN }, 'evaluateEvery must be a whole number of at least 0, got NaN'],
    [{ evaluateEvery: 0.5 }, 'evaluateEvery must be a whole number of at least 0, got 0.5'],
    [{ evaluationBatchSize: 0 }, 'evaluationBatchSize must be a positive integer, got 0'],
    [{ weights: { clip: 0 } }, 'search, weights: clip must be a number above 0, got 0'],
    [{ weights: { lr: 1 } }, "search, weights: there is no such option, got 'lr'"],
    [
      { weights: { minLearningRate: -1 } },
      'search, weights: minLearningRate must be a finite number of at least 0, got -1',
    ],
    [
      { checkpoint: memoryStore() },
      "checkpoint must hold the store, got 'the store itself'; pass checkpoint: { store }",
    ],
    [{ checkpoint: {} }, 'checkpoint.store must have save() and load()'],
    [
      { checkpoint: { store: memoryStore(), everySteps: 0.5 } },
      'search, checkpoint: everySteps must be a positive integer, got 0.5',
    ],
    [
      { checkpoint: { store: memoryStore(), everyEpochs: 0 } },
      'search, checkpoint: everyEpochs must be a positive integer, got 0',
    ],
    [{ checkpoint: { store: memoryStore(), every: 1 } }, 'search, checkpoint: there is no such option'],
    [
      { diagnostics: { eigenvalues: true } },
      "search, diagnostics: there is no such option, got 'eigenvalues'",
    ],
    [
      { diagnostics: { eigenvalue: { iterations: 0 } } },
      'search, diagnostics.eigenvalue: iterations must be a positive integer',
    ],
    [
      { diagnostics: { gap: { statistics: 'none' } } },
      "search, diagnostics.gap: statistics must be 'batch' or 'running'",
    ],
    [
      { policy: stopOnEigenvalue() },
      'stopOnEigenvalue: the search must measure eigenvalues at least every 5 epochs',
    ],
    [
      { policy: stopOnEigenvalue(), diagnostics: { eigenvalue: true, every: 6 } },
      'stopOnEigenvalue: the search must measure eigenvalues at least every 5 epochs, got 6',
    ],
    [{ policy: stopOnStableRanking(darts()) }, 'stopOnStableRanking: the search must be in the space'],
    [{ policy: 'skips' }, 'a policy must be a function'],
    [{ batchsize: 4 }, "search: there is no such option, got 'batchsize'"],
    [{ augment: () => {} }, 'augment must be an object'],
    [{ resume: 'runs/a' }, 'resume must be a checkpoint'],
    [{ signal: {} }, 'signal must be an AbortSignal'],
    [
      { train: { ...halves('train', 12), size: Number.NaN } },
      'train must hold examples, from 1 to 2147483647, got NaN',
    ],
    [{ train: 'digits' }, 'train must be a data set'],
    [{ dropLast: true, batchSize: 9 }, "'valid' does not fill one batch of 9"],
  ])('%j', async (options, message) => {
    const { error, untouched } = await failed(options);
    expect(error.message).toContain(message);
    expect(error).not.toBeInstanceOf(SearchError);
    expect(untouched).toBe(true);
  });

  it('refuses images too large to be batched, before their supernet is built', async () => {
    const huge = { ...halves('huge', 12), shape: [2 ** 15, 2 ** 15, 1] as const };
    const supernet = createSupernet({ space: tinySpace, channels: 2, cells: 3, classes: 2 });
    const run = search({ supernet, train: huge, valid: { ...huge } });
    await expect(run.next()).rejects.toThrow(/a batch of 'huge' must have at most \d+ numbers/);
    expect(supernet.built).toBe(false);
  });

  it('refuses a batch of one image that batch norm cannot train on, and takes dropLast', async () => {
    const small = (name: string, size: number) => ({
      ...halves(name, size),
      shape: [4, 4, 1] as const,
      read: (indices: ArrayLike<number>) => ({
        images: new Float32Array(16 * indices.length).map((_, i) => i / 99),
        labels: new Int32Array(indices.length),
      }),
    });
    const supernet = createSupernet({
      space: tinySpace,
      channels: 2,
      cells: 4,
      classes: 2,
      inputShape: [4, 4, 1],
    });
    const options = { supernet, train: small('train', 9), valid: small('valid', 8), epochs: 1, batchSize: 4 };
    await expect(search(options as never).next()).rejects.toThrow(
      "a batch of 'train' would be of one image, on which this network cannot train",
    );
    const steps = [];
    for await (const event of search({ ...options, dropLast: true } as never))
      if (event.type === 'step') steps.push(event.stepsPerEpoch);
    expect(steps).toEqual([2, 2]);
    supernet.dispose();
  });

  it('asks the store before the first step', async () => {
    const store = { ...memoryStore(), check: () => Promise.reject(new RangeError('no room')) };
    const { error, untouched } = await failed({ checkpoint: { store } });
    expect([error.message, untouched]).toEqual(['no room', true]);
  });

  it('says what it was given in place of a supernet, and in place of a model', async () => {
    const network = tinyNetwork();
    const data = halves('train', 12);
    await expect(search({ supernet: network as never, train: data, valid: data }).next()).rejects.toThrow(
      'search: supernet must be a supernet, got function LayersModel; pass what createSupernet() returns',
    );
    await expect(evaluate(network as never, data)).rejects.toThrow(
      'evaluate: the model must have forward(), as supernets do, got function LayersModel; evaluate a network with evaluateNetwork()',
    );
    free(network);
  });

  it('checks what policies are made of', () => {
    expect(() => stopOnSkips({ limits: 1 } as never)).toThrow(
      "stopOnSkips: there is no such option, got 'limits'",
    );
    expect(() => stopOnSkips({ from: Number.NaN })).toThrow('stopOnSkips: from must be an epoch');
  });
});

describe('createSupernet', () => {
  leavesNoTensors();

  it.each<[object, string]>([
    [{ space: mobile(), channels: 3 }, "there is no such option, got 'channels'"],
    [{ space: darts(), chanels: 3 }, "there is no such option, got 'chanels'"],
    [
      { space: darts(), channels: 1e9, inputShape: [8, 8, 3] },
      'channels must be a whole number from 1 to 1024, got 1000000000',
    ],
    [
      { space: darts(), channels: 2 ** 31, inputShape: [8, 8, 3] },
      'channels must be a whole number from 1 to 1024',
    ],
    [{ space: darts(), cells: 1e9 }, 'cells must be a whole number from 1 to 1024'],
    [{ space: darts(), classes: 1e9 }, 'classes must be a whole number from 1 to'],
    [
      { space: darts(), inputShape: [8, 8, 1e9] },
      'inputShape must be [height, width, channels] or [time, channels]',
    ],
    [{ space: darts(), inputShape: [8, 8] }, 'max_pool_3x3 is an operation of maps'],
    [{ space: darts(), noise: 0.2 }, 'noise must be settings, a plan or null, got 0.2'],
    [{ space: darts(), noise: [] }, 'resolved noise must have one entry for each of 8 cells'],
    [{ space: darts(), strategy: 'gdas' }, 'a strategy must have a kind'],
  ])('refuses %j', (options, message) => {
    expect(() => createSupernet(options as never)).toThrow(`createSupernet: ${message}`);
  });
});

describe('withMixtures', () => {
  leavesNoTensors();

  it('holds for an asynchronous body until it has ended', async () => {
    const supernet = tinySupernet();
    const data = halves('some', 8);
    const rows = (alpha: tf.Variable) =>
      Array.from({ length: alpha.shape[0]! }, () =>
        Array.from({ length: alpha.shape[1]! }, (_, k) => (k === 1 ? 1 : 0)),
      );
    const weights = { normal: rows(supernet.alphas.normal), reduce: rows(supernet.alphas.reduce) };
    const plain = await evaluate(supernet, data, { batchSize: 4 });
    const within = await evaluate(
      { forward: (x) => supernet.withMixtures(weights, () => supernet.forward(x)) },
      data,
      { batchSize: 4 },
    );
    expect(within.loss).not.toBe(plain.loss);
    const running = supernet.withMixtures(weights, () => evaluate(supernet, data, { batchSize: 4 }));
    expect(() => supernet.withMixtures(weights, async () => 0)).toThrow('one asynchronous body at a time');
    expect(supernet.withMixtures(weights, () => 1)).toBe(1);
    expect(await running).toEqual(within);
    await expect(supernet.withMixtures(weights, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await evaluate(supernet, data, { batchSize: 4 })).toEqual(plain);
    supernet.dispose();
  });
});
