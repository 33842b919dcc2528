import * as tf from '@tensorflow/tfjs-core';
import { sequential } from '@tensorflow/tfjs-layers';
import { memoryStore, NoisyMixedOp, plainDarts, type SearchPolicy, search } from 'noisydarts';
import { type FrozenOperation, localEngine, oles } from 'noisydarts/search';
import { modelSupernet } from 'noisydarts/supernet';
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../../src/runs';
import type { RunPosition } from '../../../src/runs/position';
import { cosineOf } from '../../../src/search/policies/oles';
import { operationsOf } from '../../../src/search/policies/operations';
import { leavesNoTensors } from '../../support/memory';
import { everything, halves, type TinyOptions, tinySearch, tinySpace, tinySupernet } from './support';

const valuesOf = (variables: readonly tf.Variable[]) => variables.map((each) => [...each.dataSync()]);

/** What a search has frozen, by its steps and by its records. */
function frozenIn(events: Awaited<ReturnType<typeof tinySearch>>['events']) {
  const steps = events.flatMap((event) => (event.type === 'step' ? [event.frozen ?? []].flat() : []));
  const done = events.at(-1)!;
  const records = done.type === 'done' ? done.history.flatMap(({ frozen }) => frozen ?? []) : [];
  return { steps, records };
}

/** One epoch of three steps, to look at the supernet between them. */
const stepping = (supernet: ReturnType<typeof tinySupernet>, policy: SearchPolicy) =>
  search({
    supernet,
    train: halves('train', 12),
    valid: halves('valid', 12),
    epochs: 1,
    batchSize: 4,
    evaluateEvery: 0,
    policy,
  });

async function searched(options: TinyOptions, supernet = tinySupernet()) {
  const { events } = await tinySearch({ evaluateEvery: 0, ...options }, supernet);
  const result = { ...frozenIn(events), state: everything(supernet) };
  supernet.dispose();
  return result;
}

describe('oles', () => {
  leavesNoTensors();

  it('freezes the weights below a cosine of 0.4 over 20 steps, unless told otherwise', () => {
    const supernet = tinySupernet();
    expect(oles().follow!(supernet as never).settings).toEqual({
      oles: { threshold: 0.4, steps: 20, freeze: 'weights' },
    });
    supernet.dispose();
  });

  it('compares by the mean cosine over the weights of an operation', () => {
    const [a, b] = [
      [3, 4, 0],
      [0, -5, 0],
    ];
    expect(cosineOf([[a, b]])).toBeCloseTo(-0.8, 12);
    expect(cosineOf([[a, a]])).toBeCloseTo(1, 12);
    const scaled = a!.map((value) => 7 * value);
    expect(
      cosineOf([
        [scaled, b],
        [a, scaled],
      ]),
    ).toBeCloseTo(0.1, 12);
    expect(
      cosineOf([
        [a, [0, 0, 0]],
        [a, null],
      ]),
    ).toBeUndefined();
  });

  it('freezes by the cosine of the gradients on the two batches of a step', async () => {
    const create = () => tinySupernet(7, plainDarts(), null);
    const supernet = create();
    // Whole data sets as batches, so that only the order of sums is the search's own.
    const options = { valid: halves('valid', 12), batchSize: 12, epochs: 1, alpha: { learningRate: 0 } };
    const { steps } = frozenIn(
      (await tinySearch({ ...options, policy: oles({ threshold: 2, steps: 1 }) }, supernet as never)).events,
    );
    const fresh = create();
    const engine = localEngine(fresh);
    const gradientsOn = async (name: string, pass: number) => {
      const { images, labels } = await halves(name, 12).read(Array.from({ length: 12 }, (_, i) => i));
      const batch = { x: tf.tensor4d(images, [12, 6, 6, 1]), y: tf.tensor1d(labels, 'int32') };
      const { grads } = await engine.gradients(batch, 'weights', { epoch: 0, step: 0, pass });
      const values = grads.map((grad) => [...grad!.dataSync()]);
      tf.dispose([batch.x, batch.y, ...(grads as tf.Tensor[])]);
      return values;
    };
    const [train, valid] = [await gradientsOn('train', 0), await gradientsOn('valid', 1)];
    const places = new Map(fresh.weightVariables().map((variable, i) => [variable, i]));
    const operations = operationsOf(fresh);
    expect(steps).toHaveLength(operations.length);
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, v, i) => s + v * b[i]!, 0);
    operations.forEach(({ variables }, i) => {
      const cosines = variables.map((variable) => {
        const [a, b] = [train, valid].map((grads) => grads[places.get(variable)!]!) as [number[], number[]];
        return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
      });
      const mean = cosines.reduce((s, c) => s + c, 0) / cosines.length;
      expect(steps[i]!.cosine).toBeCloseTo(mean, 3);
    });
    supernet.dispose();
    fresh.dispose();
  });

  it('knows every operation with weights, by its cell, alpha and edge', () => {
    const supernet = tinySupernet();
    const operations = operationsOf(supernet);
    // Separable convolutions everywhere, and at stride 2 skip connections: the inputs of the reduction cells.
    expect(operations.filter(({ primitive }) => primitive === 'sep_conv_3x3')).toHaveLength(15);
    const reductions = operations.filter(({ primitive }) => primitive === 'skip_connect');
    expect(new Set(reductions.map(({ cellType }) => cellType))).toEqual(new Set(['reduce']));
    for (const { variables, cell, edge, primitive, alpha, entry, cellType } of operations) {
      expect(variables[0]!.name).toContain(`cell_${cell}/edge_${edge}/`);
      expect(variables[0]!.name).toContain(primitive);
      expect(alpha).toBe((supernet.alphas as unknown as Record<string, tf.Variable>)[cellType]);
      expect(entry).toBe(3 * edge + tinySpace.primitives.indexOf(primitive as never));
    }
    supernet.dispose();
    const model = sequential({
      layers: [
        new NoisyMixedOp({
          name: 'mine',
          candidates: ['skip_connect', 'nor_conv_3x3'],
          seed: 1,
          inputShape: [4, 4, 2],
        }),
      ],
    });
    const [own, ...others] = operationsOf(modelSupernet(model));
    expect(others).toEqual([]);
    expect(own).toMatchObject({ cell: 0, cellType: 'mine', edge: 0, primitive: 'nor_conv_3x3', entry: 1 });
    expect(own!.variables).toEqual(modelSupernet(model).weightVariables());
    model.dispose();
  });

  it.each(['weights', 'alpha', 'both'] as const)(
    'holds %s still from then on, and nothing else',
    async (freeze) => {
      const supernet = tinySupernet();
      const operations = operationsOf(supernet);
      const held = operations.flatMap(({ variables }) => variables);
      const others = supernet.weightVariables().filter((variable) => !held.includes(variable));
      const entriesOf = (alpha: tf.Variable, learn: boolean) => {
        const entries = new Set(operations.filter((each) => each.alpha === alpha).map(({ entry }) => entry));
        return [...alpha.dataSync()].filter((_, i) => entries.has(i) === learn);
      };
      const now = () => ({
        held: valuesOf(held),
        others: valuesOf(others),
        entries: supernet.archVariables().map((alpha) => entriesOf(alpha, true)),
        free: supernet.archVariables().map((alpha) => entriesOf(alpha, false)),
      });
      const seen: ReturnType<typeof now>[] = [];
      const told: (readonly FrozenOperation[] | undefined)[] = [];
      for await (const event of stepping(supernet, oles({ threshold: 2, steps: 2, freeze }))) {
        if (event.type !== 'step') continue;
        seen.push(now());
        told.push(event.frozen);
      }
      expect(told.map((frozen) => frozen?.length)).toEqual([undefined, operations.length, undefined]);
      const [first, second, third] = seen as [(typeof seen)[0], (typeof seen)[0], (typeof seen)[0]];
      // The step that freezes is the second of the weights, and comes behind the second of alpha.
      const weightsMove = freeze === 'alpha';
      expect(String(second.held) !== String(first.held)).toBe(weightsMove);
      expect(String(third.held) !== String(second.held)).toBe(weightsMove);
      expect(String(second.entries)).not.toBe(String(first.entries));
      expect(String(third.entries) !== String(second.entries)).toBe(freeze === 'weights');
      expect(String(third.others)).not.toBe(String(second.others));
      expect(String(third.free)).not.toBe(String(second.free));
      supernet.dispose();
    },
  );

  it('holds an entry of alpha once all cells that share it are frozen', async () => {
    const supernet = tinySupernet();
    const operations = operationsOf(supernet);
    const seen: number[][][] = [];
    const frozen: FrozenOperation[] = [];
    for await (const event of stepping(supernet, oles({ threshold: 0.5, steps: 2, freeze: 'alpha' }))) {
      if (event.type !== 'step') continue;
      seen.push(valuesOf(supernet.archVariables()));
      frozen.push(...(event.frozen ?? []));
    }
    const isFrozen = ({ cell, edge, primitive }: (typeof operations)[number]) =>
      frozen.some((each) => each.cell === cell && each.edge === edge && each.primitive === primitive);
    let divided = 0;
    supernet.archVariables().forEach((alpha, n) => {
      alpha.dataSync().forEach((_, entry) => {
        const sharing = operations.filter((each) => each.alpha === alpha && each.entry === entry);
        const still = sharing.filter(isFrozen).length;
        if (still > 0 && still < sharing.length) divided++;
        expect(seen[2]![n]![entry] === seen[1]![n]![entry]).toBe(still > 0 && still === sharing.length);
      });
    });
    expect(divided).toBeGreaterThan(0);
    supernet.dispose();
  });

  it('leaves a search as it is while it freezes nothing', async () => {
    const store = memoryStore();
    const [plain, watched] = [
      await searched({}),
      await searched({ policy: oles({ threshold: -1, steps: 1 }), checkpoint: { store } }),
    ];
    expect(watched.steps).toEqual([]);
    // Every mean begins anew.
    const { position } = decodeCheckpoint((await store.load())!).meta as { position: RunPosition };
    const { sums, counts } = (position.own as { oles: { sums: number[]; counts: number[] } }).oles;
    expect([...sums, ...counts]).toEqual(Array(2 * sums.length).fill(0));
    watched.state.forEach((values, i) => {
      values.forEach((value, k) => {
        expect(Math.abs(value - plain.state[i]![k]!)).toBeLessThan(1e-5);
      });
    });
  });

  it('goes on bit for bit after a stop amid a mean', async () => {
    const policy = oles({ threshold: 0.6, steps: 3 });
    const whole = await searched({ policy });
    expect(whole.steps.length).toBeGreaterThan(0);
    expect(whole.steps).toEqual(whole.records);
    const store = memoryStore();
    const controller = new AbortController();
    const halted = tinySupernet();
    const options = {
      ...{ train: halves('train', 12), valid: halves('valid', 8), epochs: 2, batchSize: 4, seed: 5 },
      evaluateEvery: 0,
    };
    const run = search({
      supernet: halted,
      ...options,
      policy,
      checkpoint: { store },
      signal: controller.signal,
    });
    for await (const event of run) if (event.type === 'step' && event.step === 3) controller.abort();
    halted.dispose();
    const resume = (await store.load())!;
    const resumed = await searched({ policy, resume });
    expect(resumed.state).toEqual(whole.state);
    expect(resumed.records).toEqual(whole.records);
    const other = tinySupernet();
    await expect(searched({ policy: oles({ threshold: 0.5, steps: 3 }), resume }, other)).rejects.toThrow(
      /other settings \(oles\)/,
    );
    other.dispose();
  });

  it('refuses what cannot be', async () => {
    expect(() => oles({ steps: 0 })).toThrow(/^oles: steps must be a positive integer, got 0/);
    const supernet = tinySupernet();
    const both = [oles(), oles()];
    await expect(tinySearch({ policy: both }, supernet)).rejects.toThrow(
      /^search: one policy at most may follow the steps/,
    );
    await expect(tinySearch({ policy: oles(), alpha: { order: 'second' } }, supernet)).rejects.toThrow(
      "oles: the search must be of the first order, got 'second'; leave out alpha's order",
    );
    supernet.dispose();
  });
});
