import { describe, expect, it } from 'vitest';
import { fromArrays } from '../../../src/data';
import { createNetwork, evaluateNetwork, trainNetwork } from '../../../src/network';
import { memoryStore } from '../../../src/runs';
import { search } from '../../../src/search';
import { darts1d } from '../../../src/spaces';
import { dartsMinus, fairDarts, gdas, pcDarts, plainDarts, sdartsRs } from '../../../src/strategies';
import { createSupernet } from '../../../src/supernet';
import { leavesNoTensors } from '../../support/memory';
import { free } from '../network/support';

const shape = [12, 2] as const;

/** Rising and falling signals. */
const signals = (size: number, name = 'slopes') => {
  const y = Array.from({ length: size }, (_, i) => i % 2);
  const x = y.flatMap((label, i) =>
    Array.from(
      { length: 24 },
      (_, k) => (label ? 1 : -1) * (Math.floor(k / 2) - 5.5) * (0.1 + 0.01 * (i % 7)),
    ),
  );
  return fromArrays({ name, x, y, shape, classes: 2 });
};

const space = { ...darts1d(), nodes: 1, multiplier: 1 };

const supernetOf = (strategy = plainDarts()) =>
  createSupernet({ space, strategy, channels: 4, cells: 3, classes: 2, seed: 1, inputShape: [...shape] });

async function searched(supernet: ReturnType<typeof supernetOf>, options: object = {}) {
  const events = search({
    supernet,
    train: signals(12, 'a'),
    valid: signals(12, 'b'),
    epochs: 2,
    batchSize: 6,
    ...options,
  });
  for await (const event of events) if (event.type === 'done' || event.type === 'stopped') return event;
  throw new Error('the search came to no end');
}

describe('a search on signals', () => {
  leavesNoTensors();

  it.each([plainDarts(), fairDarts(), pcDarts({ share: 2 }), gdas(), sdartsRs(), dartsMinus()])(
    'takes the strategy $kind',
    async (strategy) => {
      const supernet = supernetOf(strategy as never);
      const done = await searched(supernet);
      expect(done.type).toBe('done');
      expect(supernet.genotype().normal).toHaveLength(2);
      supernet.dispose();
    },
  );

  it('goes on bit for bit, and its network trains', async () => {
    const [whole, first, second] = [supernetOf(), supernetOf(), supernetOf()];
    await searched(whole);
    const store = memoryStore();
    const abort = new AbortController();
    const events = search({
      ...{ supernet: first, train: signals(12, 'a'), valid: signals(12, 'b'), epochs: 2, batchSize: 6 },
      checkpoint: { store },
      signal: abort.signal,
    });
    for await (const event of events) if (event.type === 'epoch') abort.abort();
    await searched(second, { resume: (await store.load())! });
    for (const name of ['normal', 'reduce'] as const)
      expect([...second.alphas[name].dataSync()]).toEqual([...whole.alphas[name].dataSync()]);

    const network = createNetwork(second.genotype(), {
      ...{ channels: 4, cells: 3, classes: 2, auxiliary: false, inputShape: shape, seed: 1 },
    });
    const training = trainNetwork({ network, train: signals(24), heldOut: 0, epochs: 4, batchSize: 8 });
    const losses: number[] = [];
    for await (const event of training) if (event.type === 'epoch') losses.push(event.trainLoss);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    expect((await evaluateNetwork(network, signals(12))).top1).toBeGreaterThanOrEqual(0);
    for (const supernet of [whole, first, second]) supernet.dispose();
    free(network);
  });
});
