import * as tf from '@tensorflow/tfjs-core';
import { inMemory, memoryStore, SearchError, search } from 'noisydarts';
import { decodeCheckpoint, encodeCheckpoint } from 'noisydarts/runs';
import type { StepEvent } from 'noisydarts/search';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { everything, halves, tinySearch, tinySupernet } from './support';

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(before);
});

/** Runs a search, hands its supernet to `look`, and frees it. */
async function searched<T>(
  options: Parameters<typeof tinySearch>[0],
  look: (run: Awaited<ReturnType<typeof tinySearch>>) => T | Promise<T>,
  supernet = tinySupernet(),
): Promise<T> {
  try {
    return await look(await tinySearch(options, supernet));
  } finally {
    supernet.dispose();
  }
}

const outcome = ({ events, supernet }: Awaited<ReturnType<typeof tinySearch>>) => ({
  weights: everything(supernet),
  steps: events
    .filter((e): e is StepEvent => e.type === 'step')
    .map((e) => [e.step, e.trainLoss, e.validLoss]),
  epochs: events.filter((e) => e.type === 'epoch').map(({ seconds: _, ...rest }) => rest),
});

let plain: Promise<ReturnType<typeof outcome>> | undefined;
/** What the search without options comes to. */
const whole = () => {
  plain ??= searched({}, outcome);
  return plain;
};

describe('search', () => {
  it('reports steps, epochs, genotypes and an end', async () => {
    await searched({}, ({ events }) => {
      expect(events.filter((e) => e.type === 'step').map((e) => [e.epoch, e.step, e.stepInEpoch])).toEqual([
        [0, 0, 0],
        [0, 1, 1],
        [0, 2, 2],
        [1, 3, 0],
        [1, 4, 1],
        [1, 5, 2],
      ]);
      const epochs = events.filter((e) => e.type === 'epoch');
      expect(epochs.map((e) => e.epoch)).toEqual([0, 1]);
      for (const { validAccuracy, alphas, noiseRate } of epochs) {
        expect(validAccuracy).toBeGreaterThanOrEqual(0);
        expect(noiseRate).toBe(1);
        for (const row of [...alphas.normal, ...alphas.reduce]) {
          expect(row.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 5);
        }
      }
      expect(events.find((e) => e.type === 'genotype')).toBeDefined();
      const last = events.at(-1);
      expect(last?.type === 'done' && last.history.length).toBe(2);
    });
  });

  it('learns: the loss of a separable problem falls', async () => {
    await searched({ epochs: 6, weights: { learningRate: 0.1 } }, ({ events }) => {
      const losses = events.filter((e) => e.type === 'epoch').map((e) => e.trainLoss);
      expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.7);
    });
  });

  it('keeps the number of tensors from step to step', async () => {
    const supernet = tinySupernet();
    const counts = new Set<number>();
    const train = halves('train', 12);
    const valid = halves('valid', 8);
    for await (const event of search({ supernet, train, valid, epochs: 2, batchSize: 4 })) {
      if (event.type === 'step') counts.add(tf.memory().numTensors);
    }
    supernet.dispose();
    expect(counts.size).toBe(1);
  });

  it('gives the same run for the same seeds, and another for another', async () => {
    const first = await whole();
    expect(await searched({}, outcome)).toEqual(first);
    const otherOrder = await searched({ seed: 6 }, outcome);
    expect(otherOrder.steps).not.toEqual(first.steps);
    const otherNoise = await searched({}, outcome, tinySupernet(8));
    expect(otherNoise.steps).not.toEqual(first.steps);
  });

  it.each([1, 2, 3, 4, 5])(
    'stopped after iteration %i and resumed equals never stopped, bit for bit',
    async (stop) => {
      const store = memoryStore();
      const controller = new AbortController();
      const supernet = tinySupernet();
      const halted: StepEvent[] = [];
      for await (const event of search({
        supernet,
        train: halves('train', 12),
        valid: halves('valid', 8),
        epochs: 2,
        batchSize: 4,
        seed: 5,
        checkpoint: { store },
        signal: controller.signal,
      })) {
        if (event.type === 'step') {
          halted.push(event);
          if (event.step + 1 === stop) controller.abort();
        }
      }
      supernet.dispose();
      expect(halted).toHaveLength(stop);
      const resume = (await store.load())!;
      const { weights, steps, epochs } = await whole();
      const { history, ...resumed } = await searched({ resume }, (run) => {
        const done = run.events.at(-1);
        return {
          ...outcome(run),
          history: done?.type === 'done' ? done.history.map(({ seconds: _, ...rest }) => rest) : [],
        };
      });
      expect(resumed.weights).toEqual(weights);
      expect(resumed.steps).toEqual(steps.slice(stop));
      expect(resumed.epochs).toEqual(epochs.slice(-resumed.epochs.length));
      expect(history).toEqual(epochs.map(({ type: _, epochs: __, ...rest }) => rest));
    },
  );

  it('stores after the epochs and iterations asked for', async () => {
    const store = memoryStore();
    await searched({ checkpoint: { store, everyEpochs: 2, everySteps: 4 } }, ({ events }) => {
      expect(events.filter((e) => e.type === 'checkpoint').map((e) => [e.epoch, e.step])).toEqual([
        [1, 4],
        [2, 6],
      ]);
    });
  });

  it('resuming a finished run ends at once with its result', async () => {
    const store = memoryStore();
    const done = await searched({ checkpoint: { store } }, ({ events }) => events.at(-1));
    const resume = (await store.load())!;
    await searched({ resume }, ({ events, supernet }) => {
      expect(events).toEqual([done]);
      // What is evaluated now is evaluated as at the end of the run.
      expect(supernet.epoch).toBe(1);
    });
  });

  it('leaves alpha alone during warm-up', async () => {
    const supernet = tinySupernet();
    const alphas = () => supernet.archVariables().map((v) => Array.from(v.dataSync()));
    const start = alphas();
    await searched(
      { alpha: { warmupEpochs: 2 } },
      ({ events }) => {
        expect(alphas()).toEqual(start);
        for (const event of events) if (event.type === 'step') expect(event.validLoss).toBeNull();
      },
      supernet,
    );
  });

  it('runs in second order', async () => {
    await searched({ epochs: 1, alpha: { order: 'second' } }, ({ events }) => {
      expect(events.at(-1)?.type).toBe('done');
    });
  });

  it('evaluates as often as asked, and at the end', async () => {
    await searched({ epochs: 3, evaluateEvery: 2 }, ({ events }) => {
      const evaluated = events.filter((e) => e.type === 'epoch').map((e) => e.validLoss !== null);
      expect(evaluated).toEqual([false, true, true]);
    });
  });

  it('frees everything when its loop is left', async () => {
    const supernet = tinySupernet();
    for await (const event of search({
      supernet,
      train: halves('train', 12),
      valid: halves('valid', 8),
      batchSize: 4,
    })) {
      if (event.type === 'step') break;
    }
    supernet.dispose();
  });
});

describe('search faults', () => {
  it('stops at a loss that is not finite, naming epoch, step and the last good checkpoint', async () => {
    const store = memoryStore();
    const supernet = tinySupernet();
    const run = tinySearch(
      { checkpoint: { store, everySteps: 1 }, weights: { learningRate: 1e30, clip: Infinity } },
      supernet,
    );
    const error = await run.catch((e: unknown) => e);
    supernet.dispose();
    expect(error).toBeInstanceOf(SearchError);
    const { message, epoch, step } = error as SearchError;
    expect(message).toMatch(
      new RegExp(
        `^search: stopped at epoch ${epoch}, step ${step}: search: the (training|validation) loss must be finite, got .*; last good checkpoint: memory \\(epoch 0, step ${step}\\)$`,
      ),
    );
    expect(decodeCheckpoint((await store.load())!)).toBeDefined();
  });

  it('keeps the fault of a data set as the cause', async () => {
    const good = halves('train', 12);
    const supernet = tinySupernet();
    const valid = {
      ...halves('valid', 8),
      name: 'broken',
      read: () => ({ images: new Float32Array(4 * 36).fill(Number.NaN), labels: new Int32Array(4) }),
    };
    const error = (await tinySearch({ train: good, valid }, supernet).catch(
      (e: unknown) => e,
    )) as SearchError;
    supernet.dispose();
    expect(error.message).toContain("of 'broken' has a value that is no finite number");
    expect(error.cause).toBeInstanceOf(RangeError);
  });

  it('refuses a checkpoint of another run and changes nothing', async () => {
    const store = memoryStore();
    await searched({ checkpoint: { store } }, () => {});
    const resume = (await store.load())!;
    const supernet = tinySupernet();
    const start = everything(supernet);
    await expect(tinySearch({ resume, seed: 6, batchSize: 2 }, supernet)).rejects.toThrow(
      'search: the checkpoint is of a run with other settings (batchSize, seed), got batchSize is 4 there and 2 here, seed is 5 there and 6 here; resume with the settings of that run',
    );
    expect(everything(supernet)).toEqual(start);
    supernet.dispose();
    const other = tinySupernet(8);
    await expect(tinySearch({ resume }, other)).rejects.toThrow(/other settings \(supernet\)/);
    other.dispose();
  });

  it('refuses truncated, damaged and foreign checkpoints', async () => {
    const store = memoryStore();
    await searched({ epochs: 1, checkpoint: { store } }, () => {});
    const bytes = (await store.load())!;
    for (const cut of [bytes.subarray(0, bytes.length - 1), bytes.subarray(0, 100), bytes.subarray(0, 21)]) {
      expect(() => decodeCheckpoint(cut)).toThrow(
        /decodeCheckpoint: the checkpoint is truncated or damaged, got '\d+ bytes'/,
      );
    }
    const flipped = bytes.slice();
    flipped[bytes.length >> 1]! ^= 1;
    expect(() => decodeCheckpoint(flipped)).toThrow('truncated or damaged');
    expect(() => decodeCheckpoint(new TextEncoder().encode('a text that is long enough'))).toThrow(
      'decodeCheckpoint: these bytes are no checkpoint of a search',
    );
    const newer = bytes.slice();
    newer[8] = 9;
    expect(() => decodeCheckpoint(newer)).toThrow("the format's version must be 1 to 2, got 9");
  });

  it('refuses bad options', async () => {
    const supernet = tinySupernet();
    const refused = (options: object) => expect(tinySearch(options, supernet)).rejects;
    await refused({ epochs: 0 }).toThrow(
      'search: epochs must be a positive integer, got 0; correct it or leave it out',
    );
    await refused({ batchSize: 1.5 }).toThrow('search: batchSize must be a positive integer, got 1.5');
    const tall = inMemory({
      name: 'tall',
      images: new Float32Array(84),
      labels: [0, 1],
      shape: [7, 6, 1],
      classes: 2,
    });
    await refused({ valid: tall }).toThrow(
      'search: valid must have examples of 6x6x1 like train, got [7, 6, 1]',
    );
    const many = inMemory({
      name: 'many',
      images: new Float32Array(72),
      labels: [0, 2],
      shape: [6, 6, 1],
      classes: 3,
    });
    await refused({ train: many }).toThrow("search: train has more classes than the supernet's 2, got 3");
    supernet.dispose();
  });
});

describe('checkpoint format', () => {
  it('round-trips bit for bit, NaN and -0 included', () => {
    const tensors = [
      { name: 'a', shape: [2, 2], data: Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY) },
      { name: 'empty', shape: [0], data: new Float32Array(0) },
      { name: 'scalar', shape: [], data: Float32Array.of(1e-45) },
    ];
    const meta = { text: 'ä', list: [1, null] };
    const again = decodeCheckpoint(encodeCheckpoint({ meta, tensors }));
    expect(again.meta).toEqual(meta);
    expect(again.tensors.map((t) => ({ ...t, data: [...t.data] }))).toEqual(
      tensors.map((t) => ({ ...t, data: [...t.data] })),
    );
    expect(Object.is(again.tensors[0]!.data[1], -0)).toBe(true);
  });
});
