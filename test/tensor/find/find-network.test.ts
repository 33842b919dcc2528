import * as tf from '@tensorflow/tfjs-core';
import { type CheckpointStore, memoryStore, mobile, nasBench201 } from 'noisydarts';
import { costRange, countCosts, latency, parameters, predictCost } from 'noisydarts/costs';
import { fromArrays } from 'noisydarts/data';
import { type FindEvent, type FindNetworkOptions, findNetwork, findNetworkEvents } from 'noisydarts/find';
import { countCost } from 'noisydarts/network';
import { regression } from 'noisydarts/tasks';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { halves, tinySpace } from '../search/support';

leavesNoTensors();

const [train, test] = [halves('train', 24), halves('test', 12)];
const options = {
  space: tinySpace,
  train,
  test,
  seed: 3,
  supernet: { channels: 2, cells: 3 },
  search: { epochs: 2, batchSize: 6 },
  network: { channels: 2, cells: 2, auxiliary: false },
  training: { epochs: 2, batchSize: 6, heldOut: 0.25 },
} satisfies FindNetworkOptions<typeof tinySpace>;

/** What a run found, without its seconds; the network is let go of. */
async function found(more: Partial<FindNetworkOptions<typeof tinySpace>> = {}) {
  const { network, search, training, ...rest } = await findNetwork({ ...options, ...more });
  const weights = network.getWeights().map((weight) => [...weight.dataSync()]);
  tf.dispose(network.weights.map((weight) => weight.read()));
  const withoutSeconds = (history: readonly { readonly seconds: number }[]) =>
    history.map(({ seconds: _, ...record }) => record);
  const histories = [withoutSeconds(search.history), withoutSeconds(training.history)];
  return { ...rest, weights, histories, best: training.best };
}

/** A run that ends at its nth event of a kind, by its signal or, as if it was killed, by leaving the loop. */
async function interrupted(store: CheckpointStore, stage: string, type: string, n: number, killed: boolean) {
  const controller = new AbortController();
  let count = 0;
  const last: FindEvent[] = [];
  for await (const event of findNetworkEvents({
    ...options,
    store,
    everySteps: 1,
    signal: controller.signal,
  })) {
    last.push(event as FindEvent);
    if (event.stage !== stage || event.type !== type || ++count < n) continue;
    if (killed) break;
    controller.abort();
  }
  return last.at(-1)!;
}

describe('findNetwork', () => {
  it('searches, trains and tests, and tells of it in order', async () => {
    const seen: string[] = [];
    const {
      genotype,
      network,
      test: tested,
      training,
    } = await findNetwork(options, ({ stage, type }) => {
      if (seen.at(-1) !== `${stage} ${type}`) seen.push(`${stage} ${type}`);
    });
    expect(genotype.normal).toHaveLength(4);
    expect(tested.images).toBe(12);
    expect(training.history).toHaveLength(2);
    expect(network.outputShape).toEqual([null, 2]);
    expect(seen.filter((each) => !/step|epoch|genotype|best/.test(each))).toEqual([
      'search done',
      'training searched',
      'training done',
      'test tested',
    ]);
    tf.dispose(network.weights.map((weight) => weight.read()));
  });

  it('finds the same when it is stopped or killed anywhere and called again', async () => {
    const whole = await found();
    for (const [stage, type, n, killed] of [
      ['search', 'step', 3, false],
      ['search', 'step', 2, true],
      ['search', 'done', 1, true],
      ['training', 'searched', 1, true],
      ['training', 'step', 1, false],
      ['training', 'step', 5, true],
      ['training', 'done', 1, true],
    ] as const) {
      const store = memoryStore();
      const last = await interrupted(store, stage, type, n, killed);
      if (!killed) expect([last.stage, last.type]).toEqual([stage, 'stopped']);
      expect(await found({ store }), `${stage} ${type} ${n}`).toEqual(whole);
      // A run that is done is done.
      expect(await found({ store })).toEqual(whole);
    }
  });

  it('learns another task than classification', async () => {
    const numbers = (name: string, size: number) =>
      fromArrays({
        name,
        x: Float32Array.from({ length: size * 36 }, (_, i) => (i * 7) % 5),
        y: Float32Array.from({ length: size * 2 }, (_, i) => (i % 3) / 3),
        shape: [6, 6, 1],
        targets: { shape: [2] },
      });
    const task = regression({ loss: 'mae' });
    const short = { search: { epochs: 1, batchSize: 6 }, training: { epochs: 1, batchSize: 6 } };
    const store = memoryStore();
    const regressed = { ...short, task, train: numbers('train', 12), test: numbers('test', 6), store };
    const one = await found(regressed);
    expect(one.test).toEqual({ images: 6, loss: one.test.metrics.mae, metrics: expect.any(Object) });
    expect(Object.keys(one.test.metrics)).toEqual(['mae', 'rmse']);
    await expect(found({ ...regressed, task: regression() })).rejects.toThrow('task.loss');
    await expect(found({ ...short, task })).rejects.toThrow(
      "train must have targets of the network's outputs, 2",
    );
  });

  it('keeps to limits on the network that it trains, and says what that takes', async () => {
    const sizes = { channels: 2, cells: 2, classes: 2, inputShape: [6, 6, 1] } as const;
    const counted = countCosts(tinySpace, sizes);
    const measured = { ...counted, cost: 'latency', unit: 'ms' } as const;
    const { least, most } = costRange(counted);
    const limit = (least + most) / 2;
    const short = { training: { ...options.training, epochs: 1 } };
    const one = await findNetwork({
      ...options,
      ...short,
      search: {
        ...options.search,
        budget: [latency(measured, { limit }), parameters({ limit: most })],
      },
      measure: async (network, genotype) => {
        expect(network.outputShape).toEqual([null, 2]);
        return { ms: predictCost(counted, genotype) + 1, error: 0.5 };
      },
    });
    const predicted = predictCost(counted, one.genotype);
    expect(predicted).toBeLessThanOrEqual(limit);
    // Of the network, not of the supernet.
    expect(one.search.budget).toMatchObject([
      { name: 'latency', predicted, measured: predicted + 1, error: 0.5 },
      { name: 'parameters', predicted: countCost(one.network).total.parameters },
    ]);
    tf.dispose(one.network.weights.map((weight) => weight.read()));
    const other = { ...measured, sizes: { ...sizes, channels: 4 } };
    const wrong = { ...options, search: { ...options.search, budget: latency(other, { limit: most }) } };
    await expect(findNetwork(wrong)).rejects.toThrow(
      'latency: the table must be of the network that is made of what is found, whose channels are 2, got 4',
    );
  });

  it('says where its signal stopped it', async () => {
    const controller = new AbortController();
    const store = memoryStore();
    const run = findNetwork({ ...options, store, signal: controller.signal }, ({ type }) => {
      if (type === 'step') controller.abort();
    });
    await expect(run).rejects.toMatchObject({
      name: 'AbortError',
      message:
        'findNetwork: stopped in the search, at epoch 0, step 1; call it again with the same store to go on',
    });
  });

  it('makes the networks of the other spaces', async () => {
    const short = mobile({
      name: 'short',
      stem: 4,
      first: 4,
      layers: [{ filters: 4, stride: 1 }],
      features: 8,
    });
    const more = {
      train,
      test,
      search: { epochs: 1, batchSize: 12 },
      training: { epochs: 1, batchSize: 12 },
    };
    for (const { network } of [
      await findNetwork({
        ...more,
        space: nasBench201(),
        supernet: { channels: 2, cells: 1 },
        network: { channels: 2, cells: 1 },
      }),
      await findNetwork({ ...more, space: short }),
    ]) {
      expect(network.outputShape).toEqual([null, 2]);
      tf.dispose(network.weights.map((weight) => weight.read()));
    }
  });

  it('refuses what it cannot run, and keeps nothing of it', async () => {
    const store = memoryStore();
    await found({ store });
    const run = (more: object) => findNetwork({ ...options, ...more } as never);
    await expect(run({ budget: [] })).rejects.toThrow("findNetwork: there is no such option, got 'budget'");
    await expect(run({ space: 3 })).rejects.toThrow('findNetwork: the space must be of kind darts');
    await expect(run({ test: halves('other', 4).read })).rejects.toThrow('findNetwork');
    await expect(run({ test: { ...test, shape: [4, 9, 1] } })).rejects.toThrow(
      'test must have examples of 6x6x1',
    );
    await expect(run({ share: 1 })).rejects.toThrow('findNetwork: share must be above 0 and below 1, got 1');
    await expect(run({ search: { valid: test } })).rejects.toThrow(
      'search is given its valid by findNetwork()',
    );
    await expect(run({ search: { epoch: 2 } })).rejects.toThrow("there is no such option, got 'epoch'");
    await expect(run({ store, seed: 4 })).rejects.toThrow(
      "findNetwork: 'memory' is of a run with other settings, got seed is 3 there and 4 here",
    );
    await expect(run({ store: {} })).rejects.toThrow('checkpoint.store must have save() and load()');
    const other = memoryStore();
    await other.save(new Uint8Array(64));
    await expect(run({ store: other })).rejects.toThrow('these bytes are no checkpoint');
    await expect(findNetwork(options, 3 as never)).rejects.toThrow(
      'findNetwork: onEvent must be a function, got 3',
    );
    await expect(
      findNetwork(options, ({ type }) => {
        if (type === 'tested') throw new Error('mine');
      }),
    ).rejects.toThrow('mine');
  });
});
