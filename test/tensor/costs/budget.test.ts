import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, memoryStore, plainDarts } from 'noisydarts';
import { countCosts, latency, multiplyAdds, parameters, predictCost, weightBytes } from 'noisydarts/costs';
import * as roomOfSpaces from 'noisydarts/spaces';
import { robustDarts, type SearchSpace } from 'noisydarts/spaces';
import type { StrategySettings } from 'noisydarts/strategies';
import type { Searchable } from 'noisydarts/supernet';
import { modelSupernet } from 'noisydarts/supernet';
import { describe, expect, it } from 'vitest';
import { disposeWeights } from '../../../src/layers/noisy-darts-layer';
import { budgetsOf } from '../../../src/search/budgets';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { everything, halves, tinySearch, tinySpace, tinySupernet } from '../search/support';
import { isFor, knownKinds, strategies } from '../strategies/support';
import { HOUSE } from '../support';
import { ownModel, sizesOf, spaces } from './support';

leavesNoTensors();

const train = { shape: [8, 8, 2] };

/** Alphas far enough apart for small steps to change no decision. */
function spread(variables: readonly tf.Variable[]): void {
  for (const [i, variable] of variables.entries()) {
    const values = normal(variable.shape as [number], `alpha ${i}`);
    variable.assign(values);
    values.dispose();
  }
}

/** The slope along a direction of what is expected, by differences and by the gradient. */
async function slopes(supernet: Searchable<never>, limit: number) {
  const budgets = budgetsOf({ supernet, train, budget: table(supernet, limit) } as never);
  const variables = supernet.archVariables();
  const before = variables.map((variable) => tf.clone<tf.Tensor>(variable));
  const direction = variables.map((variable, i) => normal(variable.shape as [number], `direction ${i}`));
  const genotype = await supernet.readGenotype();
  const expectedAt = async (h: number) => {
    for (const [i, variable] of variables.entries())
      tf.tidy(() => variable.assign(tf.add(before[i]!, tf.mul(direction[i]!, h)) as tf.Tensor));
    expect(await supernet.readGenotype()).toEqual(genotype);
    return budgets.record((await supernet.edgeWeights()) as never, genotype as never)[0]!.expected;
  };
  const h = 2e-3;
  const numeric = ((await expectedAt(h)) - (await expectedAt(-h))) / (2 * h) / limit;
  await expectedAt(0);
  const grads = await budgets.add({ loss: 0, grads: variables.map(() => null) }, 0);
  const exact = tf.tidy(() =>
    grads.reduce((sum, grad, i) => sum + (grad ? tf.sum(tf.mul(grad, direction[i]!)).dataSync()[0]! : 0), 0),
  );
  tf.dispose([...before, ...direction, ...grads.filter((grad) => grad !== null)]);
  return { numeric, exact };
}

/** Without a limit the very gradients that came in go out, and alpha's own genotype. */
async function unchangedWithoutLimit(supernet: Searchable<never>, kind: string) {
  const budgets = budgetsOf({
    supernet,
    train,
    budget: table(supernet, Number.POSITIVE_INFINITY),
  } as never);
  const grads = supernet.archVariables().map(() => null);
  expect(await budgets.add({ loss: 1, grads }, 0), kind).toBe(grads);
  const decoded = (await supernet.readGenotype()) as never;
  expect(budgets.choose((await supernet.edgeWeights()) as never, decoded).genotype, kind).toBe(decoded);
}

/** A linear budget of weight 1: its slope is that of `E / limit`. */
const table = ({ space }: Searchable<never>, limit: number) =>
  parameters({ limit, shape: 'linear', table: tableOf(space) });

const tables = new Map<unknown, ReturnType<typeof countCosts>>();
function tableOf(space: SearchSpace) {
  const made = tables.get(space) ?? countCosts(space, sizesOf(space));
  tables.set(space, made);
  return made;
}

function thrown(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

const supernetOf = (space: SearchSpace, strategy: StrategySettings) => {
  const { channels, cells, ...sizes } = sizesOf(space);
  const cellSizes = space.kind === 'mobile' ? {} : { channels, cells };
  // S4 has no operation that noise falls on.
  const noise = space.primitives.includes('skip_connect') ? {} : { noise: null };
  return createSupernet({ space, strategy, seed: 3, ...noise, ...sizes, ...cellSizes } as never);
};

describe('the gradient of the expected cost', () => {
  it('knows every strategy, and every space that is made of nothing but its name', () => {
    expect(strategies.map(({ kind }) => kind).sort()).toEqual(knownKinds().sort());
    const known = spaces.map(({ primitives }) => String(primitives));
    for (const make of Object.values(roomOfSpaces)) {
      let made: Partial<SearchSpace> | undefined;
      thrown(() => {
        made = (make as () => SearchSpace)();
      });
      if (made?.primitives) expect(known).toContain(String(made.primitives));
    }
  });

  const robust = (['S2', 'S3', 'S4'] as const).map((name) => robustDarts(name));

  it.each([...spaces, ...robust])('equals differences under every strategy, in $name', async (space) => {
    for (const strategy of strategies) {
      if (!isFor(strategy, space)) continue;
      const supernet = supernetOf(space, strategy);
      spread(supernet.archVariables());
      const { numeric, exact } = await slopes(supernet as never, 2e3);
      expect(Math.abs(exact), strategy.kind).toBeGreaterThan(1e-7);
      expect(Math.abs(exact - numeric) / Math.abs(numeric), strategy.kind).toBeLessThan(0.02);
      await unchangedWithoutLimit(supernet as never, strategy.kind);
      disposeWeights(supernet);
    }
  });

  it('equals differences in NAS-Bench-201 where an operation costs nothing if no path leads on', async () => {
    const space = spaces.find(({ kind }) => kind === 'nas-bench-201')!;
    const whole = tableOf(space);
    tables.set(space, { ...whole, usedOnly: true, joined: 300 });
    const supernet = supernetOf(space, plainDarts());
    spread(supernet.archVariables());
    const { numeric, exact } = await slopes(supernet as never, 2e3);
    expect(Math.abs(exact - numeric) / Math.abs(numeric)).toBeLessThan(0.02);
    disposeWeights(supernet);
    tables.set(space, whole);
  });

  it("equals differences in a model of one's own", async () => {
    const model = ownModel();
    const supernet = modelSupernet(model);
    tables.set(supernet.space, countCosts(model));
    spread(supernet.archVariables());
    const { numeric, exact } = await slopes(supernet as never, 2e3);
    expect(Math.abs(exact - numeric) / Math.abs(numeric)).toBeLessThan(0.02);
    disposeWeights(model);
  });

  it('joins the loss as it is told to', async () => {
    const supernet = tinySupernet();
    spread(supernet.archVariables());
    const at = async (options: object, epoch = 0) => {
      const budget = parameters({ limit: 1000, shape: 'linear', weight: 0.5, ...options });
      const budgets = budgetsOf({ supernet, train: { shape: [6, 6, 1] }, budget } as never);
      const grads = supernet.archVariables().map((variable) => tf.onesLike<tf.Tensor>(variable));
      const sums = await budgets.add({ loss: 2, grads }, epoch);
      const values = sums.flatMap((sum) => [...sum!.dataSync()]);
      tf.dispose([...(sums as tf.Tensor[])]);
      const { expected } = budgets.record(
        (await supernet.edgeWeights()) as never,
        (await supernet.readGenotype()) as never,
      )[0]!;
      return { values, term: 0.5 * (expected / 1000 - 1) };
    };
    const { values: added, term } = await at({});
    const { values: multiplied } = await at({ combine: 'multiply' });
    multiplied.forEach((value, i) => {
      expect(value).toBeCloseTo(1 + term + 2 * (added[i]! - 1), 4);
    });
    const ones = added.map(() => 1);
    expect((await at({ schedule: { from: 3 } }, 2)).values).toEqual(ones);
    expect((await at({ schedule: { from: 3 } }, 3)).values).toEqual(added);
    const half = (await at({ schedule: { over: 2 } })).values;
    half.forEach((value, i) => {
      expect(value).toBeCloseTo(1 + (added[i]! - 1) / 2, 5);
    });
    expect((await at({ limit: 1e6, shape: 'above' })).values).toEqual(ones);
    const above = (await at({ limit: 1e6, shape: 'absolute' })).values;
    expect(above.some((value) => value !== 1)).toBe(true);
    disposeWeights(supernet);
  });
});

describe('a search under a budget', () => {
  const counted = () => countCosts(tinySpace, { channels: 2, cells: 3, classes: 2, inputShape: [6, 6, 1] });

  it.each(['first', 'second'] as const)(
    'without a limit is one without a budget, in the %s order',
    async (order) => {
      const values = [];
      for (const budget of [undefined, [parameters({ limit: Number.POSITIVE_INFINITY, shape: 'linear' })]]) {
        const { supernet, events } = await tinySearch({
          ...short,
          alpha: { order },
          ...(budget && { budget }),
        });
        const done = events.find(({ type }) => type === 'done') as { genotype: unknown };
        values.push([everything(supernet), done.genotype]);
        disposeWeights(supernet);
      }
      expect(values[1]).toEqual(values[0]);
    },
  );

  const short = { epochs: 1, evaluateEvery: 0, train: halves('train', 8), valid: halves('valid', 4) };

  it('moves alpha otherwise, and goes on bit for bit after a stop', async () => {
    const options = {
      ...short,
      alpha: { learningRate: 0.1 },
      budget: parameters({ limit: 400, weight: 10 }),
    };
    const plain = await tinySearch({ ...short, alpha: options.alpha });
    const store = memoryStore();
    const whole = await tinySearch({ ...options, checkpoint: { store, everySteps: 1 } });
    const values = everything(whole.supernet);
    expect(values).not.toEqual(everything(plain.supernet));
    const resumed = await tinySearch({ ...options, resume: (await store.load())! });
    expect(everything(resumed.supernet)).toEqual(values);
    const other = { ...options, budget: parameters({ limit: 500 }), resume: (await store.load())! };
    const unused = tinySupernet();
    await expect(tinySearch(other, unused)).rejects.toThrow(/budget/);
    for (const supernet of [plain.supernet, whole.supernet, resumed.supernet, unused])
      disposeWeights(supernet);
  });

  it('moves alpha otherwise in the second order too', async () => {
    const options = { ...short, alpha: { order: 'second', learningRate: 0.1 } } as const;
    const values = [];
    for (const weight of [0, 10]) {
      const { supernet } = await tinySearch({ ...options, budget: parameters({ limit: 400, weight }) });
      values.push(supernet.archVariables().map((alpha) => [...alpha.dataSync()]));
      disposeWeights(supernet);
    }
    expect(values[0]).not.toEqual(values[1]);
  });

  it('takes the best genotype under the limit, and says so', async () => {
    const table = counted();
    const { supernet, events } = await tinySearch({
      ...short,
      budget: [parameters({ limit: 330, weight: 0 }), weightBytes({ limit: 1e6 })],
    });
    const epoch = events.find((event) => event.type === 'epoch')!;
    expect(epoch.budget).toMatchObject([
      { name: 'parameters', unit: 'parameters', limit: 330, predicted: predictCost(table, epoch.genotype) },
      { name: 'weightBytes', unit: 'bytes', limit: 1e6 },
    ]);
    expect(epoch.budget![0]!.expected).toBeGreaterThan(330);
    const done = events.find((event) => event.type === 'done')!;
    const [verdict] = done.budget!;
    expect(verdict!.predicted).toBe(predictCost(table, done.genotype));
    expect(verdict!.predicted).toBeLessThanOrEqual(330);
    expect(verdict!.decoded).toBe(epoch.budget![0]!.predicted);
    expect(verdict!.decoded).toBeGreaterThan(330);
    disposeWeights(supernet);
  });

  it('refuses what is no budget of it', async () => {
    const supernet = tinySupernet();
    const other = countCosts(spaces[0]!, sizesOf(spaces[0]!));
    const wrong: readonly [unknown, RegExp][] = [
      [parameters({ limit: 1 }), /the networks of tiny take from \d+ to \d+ parameters, got 'a limit of 1'/],
      [parameters({ limit: 1e6, table: other }), /the table must be of tiny, got 'darts'/],
      [[parameters({ limit: 1e6 }), parameters({ limit: 1e5 })], /one budget of a name/],
      [{ limit: 3 }, /a budget must be an object with name, limit/],
      [3, /budget must be an object/],
    ];
    for (const [budget, message] of wrong) {
      await expect(tinySearch({ budget: budget as never }, supernet)).rejects.toThrow(message);
      await expect(tinySearch({ budget: budget as never }, supernet)).rejects.toThrow(HOUSE);
    }
    disposeWeights(supernet);
    const bad: (() => unknown)[] = [
      () => parameters({ limit: -1 }),
      () => parameters({ limit: 10, shape: 'square' as never }),
      () => parameters({ limit: 10, combine: 'sum' as never }),
      () => parameters({ limit: 10, combine: 'multiply', shape: 'linear', weight: 2 }),
      () => parameters({ limit: 10, weight: Number.NaN }),
      () => parameters({ limit: 10, schedule: { from: -1 } }),
      () => parameters({ limit: 10, sizes: { width: 3 } as never }),
      () => parameters(undefined as never),
      () => weightBytes({ limit: 10, as: 'int4' as never }),
      () => latency(other, { limit: 3 }),
      () => latency(null as never, { limit: 3 }),
      () => multiplyAdds({ limit: 10, table: other }),
    ];
    for (const make of bad) expect(make).toThrow(HOUSE);
  });
});
