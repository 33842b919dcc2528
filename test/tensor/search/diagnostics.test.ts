import * as tf from '@tensorflow/tfjs-core';
import {
  createSupernet,
  memoryStore,
  mobile,
  nasBench201,
  type SearchEvent,
  search,
  skipCount,
  skipShare,
  subset,
} from 'noisydarts';
import { alphaEntropy, dominantEigenvalue } from 'noisydarts/analysis';
import { passes } from 'noisydarts/architect';
import { evaluationBatches } from 'noisydarts/data';
import {
  type Diagnostics,
  type DiagnosticsEvent,
  discretisationGap,
  type EpochEvent,
  type StepEvent,
  stopOnSkips,
} from 'noisydarts/search';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { everything, halves, type TinyOptions, tinySearch, tinySpace, tinySupernet } from './support';

leavesNoTensors();

const all: TinyOptions = {
  diagnostics: { eigenvalue: { iterations: 3 }, gap: { images: 4 } },
};

async function searched(options: TinyOptions) {
  const supernet = tinySupernet();
  try {
    const { events } = await tinySearch(options, supernet);
    return { events, weights: everything(supernet) };
  } finally {
    supernet.dispose();
  }
}

let whole: ReturnType<typeof searched> | undefined;
/** The search that measures everything. */
const watchedWhole = () => {
  whole ??= searched(all);
  return whole;
};

const steps = (events: readonly SearchEvent<typeof tinySpace>[]) =>
  events.filter((e): e is StepEvent => e.type === 'step').map((e) => [e.step, e.trainLoss, e.validLoss]);
const epochs = (events: readonly SearchEvent<typeof tinySpace>[]) =>
  events
    .filter((e): e is EpochEvent<typeof tinySpace> => e.type === 'epoch')
    .map(({ seconds: _, ...rest }) => rest);
const measured = (events: readonly SearchEvent<typeof tinySpace>[]) =>
  events.filter((e): e is DiagnosticsEvent<typeof tinySpace> => e.type === 'diagnostics');

describe('diagnostics of a search', () => {
  it('do not disturb it: the same numbers come out as without', async () => {
    const plain = await searched({});
    const watched = await watchedWhole();
    expect(watched.weights).toEqual(plain.weights);
    expect(steps(watched.events)).toEqual(steps(plain.events));
    expect(epochs(watched.events).map(({ diagnostics: _, ...rest }) => rest)).toEqual(epochs(plain.events));
    expect(measured(plain.events)).toEqual([]);
    for (const epoch of epochs(plain.events)) expect(epoch).not.toHaveProperty('diagnostics');
  });

  it('are what the functions for them say at the end of the epoch', async () => {
    const supernet = tinySupernet();
    const { events } = await tinySearch({ ...all, epochs: 1 }, supernet);
    const [{ type: _, epoch, ...found }] = measured(events) as [DiagnosticsEvent<typeof tinySpace>];
    expect(epoch).toBe(0);
    const { alphas, genotype, diagnostics } = epochs(events)[0]!;
    expect(diagnostics).toEqual(found);
    const { primitives } = tinySpace;
    const valid = halves('valid', 8);
    const { value: batch } = await evaluationBatches(subset(valid, { to: 4 }), { batchSize: 4 }).next();
    const { max, min, residual } = await dominantEigenvalue(supernet, batch!, {
      iterations: 3,
      tolerance: 0.01,
      weightDecay: 1e-3,
      moment: { epoch: 0, step: 0, pass: passes.analysis },
    });
    tf.dispose([batch!.x, batch!.y]);
    expect(found).toEqual({
      skipCount: skipCount(genotype),
      skipShare: {
        normal: skipShare(alphas.normal, primitives),
        reduce: skipShare(alphas.reduce, primitives),
      },
      entropy: { normal: alphaEntropy(alphas.normal), reduce: alphaEntropy(alphas.reduce) },
      eigenvalue: { max, min, residual },
      gap: await discretisationGap(supernet, valid, { batchSize: 4, images: 4 }),
    });
    supernet.dispose();
  });

  it('come before the end of their epoch, every so many epochs and at the end', async () => {
    const { events } = await searched({ epochs: 3, diagnostics: { every: 2 } });
    expect(
      events
        .filter(({ type }) => type === 'diagnostics' || type === 'epoch')
        .map((event) => [event.type, (event as EpochEvent).epoch]),
    ).toEqual([
      ['epoch', 0],
      ['diagnostics', 1],
      ['epoch', 1],
      ['diagnostics', 2],
      ['epoch', 2],
    ]);
    expect(measured(events).every((event) => !('eigenvalue' in event) && !('gap' in event))).toBe(true);
  });

  it('are the same in a run that was stopped and resumed', async () => {
    const whole = await watchedWhole();
    const store = memoryStore();
    const controller = new AbortController();
    const supernet = tinySupernet();
    for await (const event of search({
      supernet,
      train: halves('train', 12),
      valid: halves('valid', 8),
      epochs: 2,
      batchSize: 4,
      seed: 5,
      ...all,
      checkpoint: { store },
      signal: controller.signal,
    })) {
      if (event.type === 'step' && event.step === 4) controller.abort();
    }
    supernet.dispose();
    const resumed = await searched({ ...all, resume: (await store.load())! });
    expect(resumed.weights).toEqual(whole.weights);
    const last = (events: typeof whole.events) => {
      const done = events.at(-1);
      return done?.type === 'done' ? done.history.map(({ diagnostics }) => diagnostics) : [];
    };
    expect(last(resumed.events)).toEqual(last(whole.events));
    expect(last(whole.events).every((each) => each?.eigenvalue && each.gap)).toBe(true);
  });

  it('watch a search in NAS-Bench-201 by the name of its cell', async () => {
    const supernet = createSupernet({
      space: nasBench201(),
      channels: 2,
      cells: 1,
      classes: 2,
      inputShape: [6, 6, 1],
    });
    const found: Diagnostics<ReturnType<typeof nasBench201>>[] = [];
    for await (const event of search({
      supernet,
      train: halves('train', 8),
      valid: halves('valid', 4),
      epochs: 1,
      batchSize: 4,
      diagnostics: { eigenvalue: { iterations: 2, images: 2 }, gap: true },
    }))
      if (event.type === 'diagnostics') found.push(event);
    supernet.dispose();
    expect(found).toHaveLength(1);
    const { skipCount: skips, skipShare: share, entropy, eigenvalue, gap } = found[0]!;
    expect(skips.cell!).toBeGreaterThanOrEqual(0);
    expect(share.cell).toBeCloseTo(0.2, 2);
    expect(entropy.cell).toBeCloseTo(Math.log(5), 3);
    expect(eigenvalue!.max).toBeGreaterThanOrEqual(eigenvalue!.min);
    expect(gap!.derived.loss).toBeGreaterThan(0);
  });

  it('watch a search in a mobile space layer by layer', async () => {
    const layer = { filters: 2, stride: 1 };
    const space = mobile({ name: 'one', stem: 2, first: 2, layers: [layer], features: 2 });
    const supernet = createSupernet({ space, classes: 2, inputShape: [6, 6, 1] });
    const found: Diagnostics<typeof space>[] = [];
    for await (const event of search({
      supernet,
      train: halves('train', 4),
      valid: halves('valid', 4),
      epochs: 1,
      batchSize: 4,
      diagnostics: { gap: true },
    }))
      if (event.type === 'diagnostics') found.push(event);
    supernet.dispose();
    const { skipCount: skips, skipShare: share, entropy, gap } = found[0]!;
    expect(Object.keys(skips)).toEqual(['layers']);
    expect(share.layer_0).toBeCloseTo(1 / 7, 2);
    expect(entropy.layer_0).toBeCloseTo(Math.log(7), 3);
    expect(gap!.derived.loss).not.toBe(gap!.supernet.loss);
  });

  it('are refused out of range', async () => {
    const supernet = tinySupernet();
    const refused = (diagnostics: TinyOptions['diagnostics']) =>
      expect(tinySearch({ diagnostics: diagnostics! }, supernet)).rejects;
    await refused({ every: 0 }).toThrow(
      new RangeError(
        'search, diagnostics: every must be a positive integer, got 0; correct it or leave it out',
      ),
    );
    await refused({ eigenvalue: { images: 1.5 } }).toThrow('search, diagnostics.eigenvalue: images must be');
    await refused({ gap: { images: -1 } }).toThrow('search, diagnostics.gap: images must be');
    supernet.dispose();
  });
});

describe('a policy', () => {
  const stopAfter = (epoch: number, rollBackTo: number) => (history: readonly { epoch: number }[]) =>
    history.at(-1)!.epoch >= epoch ? { stop: `epoch ${epoch} is enough`, rollBackTo } : ('continue' as const);

  it('stops the search and says why, with the genotype of the epoch it goes back to', async () => {
    const alpha = { learningRate: 0.5 };
    const whole = await searched({ epochs: 4, alpha });
    const { events, weights } = await searched({ epochs: 4, alpha, policy: stopAfter(2, 0) });
    const done = events.at(-1);
    expect(done).toMatchObject({
      type: 'done',
      epoch: 0,
      epochs: 4,
      decision: { stop: 'epoch 2 is enough', rollBackTo: 0 },
    });
    expect(done?.type === 'done' && done.history.length).toBe(3);
    expect(done?.type === 'done' && done.genotype).toEqual(epochs(whole.events)[0]!.genotype);
    expect(steps(events)).toEqual(steps(whole.events).slice(0, 9));
    expect(weights).not.toEqual(whole.weights);
    expect(whole.events.at(-1)).toMatchObject({ type: 'done', epoch: 3, decision: null });
  });

  it('is one of several: the first to stop decides', async () => {
    const { events } = await searched({
      epochs: 4,
      policy: [stopAfter(3, 1), stopAfter(1, 1), stopAfter(1, 0)],
    });
    expect(events.at(-1)).toMatchObject({ epoch: 1, decision: { stop: 'epoch 1 is enough', rollBackTo: 1 } });
  });

  it('is asked again after a resume, at the end of an epoch and within one', async () => {
    const policy = stopAfter(1, 0);
    const store = memoryStore();
    const stopped = await searched({ epochs: 3, policy, checkpoint: { store } });
    const finished = await searched({ epochs: 3, policy, resume: (await store.load())! });
    expect(finished.events).toEqual([stopped.events.at(-1)]);
    // Without the policy the run goes on to its end.
    const on = await searched({ epochs: 3, resume: (await store.load())! });
    expect(on.weights).toEqual((await searched({ epochs: 3 })).weights);

    const midway = memoryStore();
    const controller = new AbortController();
    const supernet = tinySupernet();
    for await (const event of search({
      supernet,
      train: halves('train', 12),
      valid: halves('valid', 8),
      epochs: 3,
      batchSize: 4,
      seed: 5,
      policy,
      checkpoint: { store: midway },
      signal: controller.signal,
    }))
      if (event.type === 'step' && event.step === 4) controller.abort();
    supernet.dispose();
    const resumed = await searched({ epochs: 3, policy, resume: (await midway.load())! });
    expect(resumed.weights).toEqual(stopped.weights);
    expect(resumed.events.at(-1)).toMatchObject({ epoch: 0, decision: { rollBackTo: 0 } });
  });

  it('may be one of the library', async () => {
    const { events } = await searched({ epochs: 2, policy: stopOnSkips({ limit: 1, cell: 'reduce' }) });
    const done = events.at(-1);
    expect(done?.type).toBe('done');
    if (done?.type !== 'done') return;
    const skips = done.history.map(({ genotype }) => skipCount(genotype).reduce);
    expect(done.decision !== null).toBe(skips.at(-1)! >= 1);
    expect(skips.slice(0, -1).every((count) => count === 0)).toBe(true);
  });

  it('must go back to an epoch of the history', async () => {
    const supernet = tinySupernet();
    await expect(tinySearch({ policy: stopAfter(0, 3) }, supernet)).rejects.toThrow(
      new RangeError(
        'search: a policy must go back to an epoch from 0 to 0, got 3; name an epoch of the history',
      ),
    );
    supernet.dispose();
  });
});
