import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type LossLandscape,
  type LossLandscapeEvent,
  type LossLandscapeOptions,
  lossLandscape,
} from '../../../src/analysis';
import { filterDirection } from '../../../src/analysis/filter-direction';
import { passes } from '../../../src/architect';
import { stream } from '../../../src/random';
import { leavesNoTensors } from '../../support/memory';
import { plus, points, quadratic, type Side, scaled, smoothNetwork, validLoss } from '../architect/support';

leavesNoTensors();

let model: ReturnType<typeof quadratic>;
beforeEach(() => {
  model = quadratic();
});
afterEach(() => model.dispose());

const small = { points: 5 } as const;
type Options = LossLandscapeOptions;

async function events(options: Options = small, batches: Side[] = ['valid']): Promise<LossLandscapeEvent[]> {
  const all: LossLandscapeEvent[] = [];
  for await (const event of lossLandscape(model, batches, options)) all.push(event);
  return all;
}
const landscape = async (options?: Options, batches?: Side[]): Promise<LossLandscape> =>
  (await events(options, batches)).at(-1)!.landscape;

const state = () => [model.alpha(), model.weights(), [...model.counter.dataSync()]];

describe('lossLandscape', () => {
  it('is the loss at theta + x d + y e, along directions as long as each filter', async () => {
    const { coordinates, loss, centre } = await landscape({ points: 3, radius: 2, seed: 4 });
    const [w, alpha] = [model.weights(), model.alpha()];
    // The weights are vectors, which stay; alpha is one edge.
    const [d, e] = [0, 1].map((axis) => [
      ...filterDirection(
        'alpha',
        Float32Array.from(alpha),
        [2],
        stream(4, 'lossLandscape', axis, 'alpha', 0),
      ),
    ]);
    expect(coordinates).toEqual([-2, 0, 2]);
    expect(centre).toBeCloseTo(validLoss(w, alpha), 5);
    const expected = coordinates.flatMap((y) =>
      coordinates.map((x) => validLoss(w, plus(alpha, scaled(x, d!), scaled(y, e!)))),
    );
    for (const [i, value] of loss.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
    expect(loss[4]).toBe(centre);
  });

  it('moves weights, alphas or both, by seed', async () => {
    const [network, data] = [smoothNetwork(), points()];
    const of = async (options: Options) => {
      let last: LossLandscapeEvent | undefined;
      for await (const event of lossLandscape(network, [data.valid], { points: 3, ...options })) last = event;
      return last!.landscape;
    };
    const [both, weights, alpha] = [await of({}), await of({ over: 'weights' }), await of({ over: 'alpha' })];
    expect(both.over).toBe('both');
    expect(new Set([both, weights, alpha].map(({ loss }) => loss[0])).size).toBe(3);
    expect(new Set([both, weights, alpha].map(({ centre }) => centre)).size).toBe(1);
    expect(await of({})).toEqual(both);
    expect((await of({ seed: 1 })).loss).not.toEqual(both.loss);
    network.dispose();
    data.dispose();
  });

  it('sees the same noise at every point, in training mode unless told otherwise', async () => {
    await landscape();
    await landscape({ ...small, training: false, moment: { epoch: 2, step: 3, pass: 1 } });
    const seen = new Set(model.asked.map(({ batch: _, ...options }) => JSON.stringify(options)));
    expect([...seen]).toEqual([
      JSON.stringify({ training: true, moment: { epoch: 0, step: 0, pass: passes.analysis } }),
      JSON.stringify({ training: false, moment: { epoch: 2, step: 3, pass: 1 } }),
    ]);
  });

  it('averages over the batches', async () => {
    const [train, valid, both] = [
      await landscape(small, ['train']),
      await landscape(small, ['valid']),
      await landscape(small, ['train', 'valid']),
    ];
    for (const [i, value] of both.loss.entries())
      expect(value).toBeCloseTo((train.loss[i]! + valid.loss[i]!) / 2, 4);
  });

  it('reports every point, and leaves parameters and statistics as they were, to the bit', async () => {
    const before = state();
    const all: LossLandscapeEvent[] = [];
    for await (const event of lossLandscape(model, ['valid'] as Side[], small)) {
      all.push(event);
      expect(state()).toEqual(before);
    }
    expect(all.map(({ type, done }) => [type, done])).toEqual([
      ...Array.from({ length: 25 }, (_, i) => ['point', i + 1]),
      ['done', 25],
    ]);
    expect(all.every(({ total }) => total === 25)).toBe(true);
    expect(all[6]!.landscape.loss).toEqual(all.at(-1)!.landscape.loss.slice(0, 7));
  });

  it('frees everything when its loop is left or the loss fails', async () => {
    const before = state();
    for await (const { done } of lossLandscape(model, ['valid'] as Side[], small)) if (done === 3) break;
    expect(state()).toEqual(before);
    const { loss } = model;
    let calls = 0;
    model.loss = (...args) => {
      calls += 1;
      if (calls === 4) throw new Error('device lost');
      return loss(...args);
    };
    await expect(landscape()).rejects.toThrow('device lost');
    expect(state()).toEqual(before);
  });

  it.each([0, 1, 7, 24])('stopped after %i points and resumed equals never stopped', async (stop) => {
    const whole = await landscape();
    const controller = new AbortController();
    if (stop === 0) controller.abort();
    let stopped: LossLandscapeEvent | undefined;
    for await (const event of lossLandscape(model, ['valid'] as Side[], {
      ...small,
      signal: controller.signal,
    })) {
      stopped = event;
      if (event.done === stop) controller.abort();
    }
    expect(stopped).toMatchObject({ type: 'stopped', done: stop });
    const resume = JSON.parse(JSON.stringify(stopped!.landscape)) as LossLandscape;
    const rest = await events({ ...small, resume });
    expect(rest).toHaveLength(26 - stop);
    expect(rest.at(-1)!.landscape).toEqual(whole);
  });

  it('has null where the loss is not finite', async () => {
    const { loss } = model;
    model.loss = (...args) => {
      const alpha = model.alpha()[0]!;
      return tf.tidy(() => (alpha > 1 ? (tf.mul(loss(...args), Infinity) as tf.Scalar) : loss(...args)));
    };
    const values = (await landscape({ points: 5, radius: 3 })).loss;
    expect(values).toContain(null);
    expect(values.some((value) => value !== null)).toBe(true);
  });

  it('refuses what it cannot draw, and a landscape of something else', async () => {
    await expect(landscape({ points: 1 })).rejects.toThrow(
      new RangeError(
        'lossLandscape: points must be a whole number from 2 to 10000, got 1; correct it or leave it out',
      ),
    );
    await expect(landscape({ radius: 0 })).rejects.toThrow(
      'lossLandscape: radius must be a finite number above 0, got 0; correct it or leave it out',
    );
    await expect(landscape({ over: 'all' as 'both' })).rejects.toThrow(
      "lossLandscape: over must be 'both', 'weights' or 'alpha', got 'all'; correct it or leave it out",
    );
    await expect(landscape(small, [])).rejects.toThrow(
      'lossLandscape: there must be at least one batch, got []; pass [batch]',
    );
    const resume = await landscape();
    await expect(landscape({ ...small, resume, seed: 1 })).rejects.toThrow(
      'lossLandscape: the landscape to resume is another one (seed), got {"seed":0}; resume with the same parameters, data and options',
    );
    await expect(landscape({ ...small, resume }, ['train'])).rejects.toThrow('another one (centre)');
    model.loss = () => tf.scalar(Number.NaN);
    await expect(landscape()).rejects.toThrow(
      'lossLandscape: the loss at the parameters must be finite, got NaN; go back to before the search diverged',
    );
  });
});
