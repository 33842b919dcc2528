import { defineSpace } from 'noisydarts';
import {
  costRange,
  countCosts,
  latency,
  measureCosts,
  measureGenotype,
  measureModel,
  measureModels,
  predictCost,
} from 'noisydarts/costs';
import { randomGenotype } from 'noisydarts/genotype';
import { nasBench201 } from 'noisydarts/spaces';
import { describe, expect, it } from 'vitest';
import { cheapest } from '../../../src/costs/blueprint';
import { calibrated, fitted } from '../../../src/costs/calibration';
import { measureRounds } from '../../../src/costs/rounds';
import { spreadOf } from '../../../src/costs/spread';
import { disposeWeights } from '../../../src/layers/noisy-darts-layer';
import { leavesNoTensors } from '../../support/memory';
import { HOUSE } from '../support';
import { networkOf, ownModel, sizesOf } from './support';

leavesNoTensors();

const two = defineSpace({ name: 'two', primitives: ['none', 'skip_connect', 'max_pool_3x3'], nodes: 2 });
/** As few measurements as there can be. */
const quick = { seconds: 0, rounds: 2 };

describe('measureCosts', () => {
  it.each([two, nasBench201()])('takes the time of $name apart', async (space) => {
    const rounds: number[] = [];
    const onProgress = ({ round, total }: { round: number; total: number }) => rounds.push(round, total);
    const table = await measureCosts(space, { ...sizesOf(space), ...quick, networks: 0, onProgress });
    const { parts, complete, batch, calibration } = table.measured;
    expect(calibration).toMatchObject({ networks: 1, residual: 0 });
    expect([complete, batch, table.unit]).toEqual([true, 1, 'ms']);
    expect(rounds).toEqual([0, parts.length, 1, parts.length]);
    const network = parts.find(({ name }) => name === 'network')!;
    expect(network).toMatchObject({ samples: 2 });
    expect(network.firstRun).toBeGreaterThan(0);
    expect(predictCost(table, cheapest('test', space) as never)).toBeCloseTo(network.ms, 6);
    if (space.kind === 'nas-bench-201') {
      // One skip connection from the input to the output: no operation, and no sum.
      const [none, skip] = ['none', 'skip_connect'] as const;
      const one = [
        [[none, 0]],
        [
          [none, 0],
          [none, 1],
        ],
        [
          [skip, 0],
          [none, 1],
          [none, 2],
        ],
      ];
      expect(predictCost(table, one as never)).toBeCloseTo(table.fixed, 6);
      expect(costRange(table).least).toBeCloseTo(table.fixed, 6);
    }
    const none = space.primitives.indexOf('none' as never);
    for (const row of Object.values(table.costs).flat()) expect(row[none]).toBe(0);
    expect(JSON.parse(JSON.stringify(table))).toEqual(table);
  });

  it('fits the operations to networks as a whole', async () => {
    const table = await measureCosts(two, { ...sizesOf(two), ...quick, networks: 2 });
    const { calibration, parts } = table.measured;
    const whole = parts.filter(({ name }) => name.startsWith('network'));
    expect(whole.map(({ name }) => name)).toEqual(['network', 'network 1', 'network 2']);
    expect(calibration).toMatchObject({ networks: 3, fixed: table.fixed });
    expect(table.fixed).toBeGreaterThanOrEqual(0);
    expect(calibration!.slope).toBeGreaterThan(0);
  });

  it('goes on where it was stopped, and no budget takes a table before that', async () => {
    const controller = new AbortController();
    const options = { ...sizesOf(two), seconds: 0, rounds: 2, tolerance: 1e9, networks: 1 };
    const onProgress = () => controller.abort();
    const stopped = await measureCosts(two, { ...options, onProgress, signal: controller.signal });
    expect(stopped.measured.complete).toBe(false);
    expect(() => latency(stopped, { limit: 5 })).toThrow(/the table must be complete/);
    const whole = await measureCosts(two, { ...options, resume: stopped });
    expect(whole.measured.complete).toBe(true);
    expect(latency(whole, { limit: 1e9 }).unit).toBe('ms');
    const again = await measureCosts(two, { ...options, resume: whole });
    expect(again).toEqual(whole);
    await expect(measureCosts(two, { ...options, batch: 2, resume: whole })).rejects.toThrow(
      /the same batch/,
    );
  });

  it("measures the edges of a model of one's own", async () => {
    const model = ownModel();
    const { costs, measured } = await measureCosts(model, { ...quick, networks: 1 });
    expect(Object.keys(costs)).toEqual(['first', 'second']);
    expect(measured.complete).toBe(true);
    disposeWeights(model);
  });

  it('refuses what it cannot measure', async () => {
    const wrong = [
      measureCosts({} as never),
      measureCosts(two, { rounds: 0 }),
      measureCosts(two, { backend: 'abacus' }),
      measureCosts(two, { signal: true as never }),
      measureModel({} as never),
      measureModels(3 as never),
    ];
    for (const each of wrong) await expect(each).rejects.toThrow(HOUSE);
  });
});

describe('fitted', () => {
  const near = (value: number) => expect.closeTo(value, 6);
  const line = (points: readonly (readonly [number, number, number?])[]) =>
    fitted(points.map(([sum, ms, error = 0]) => ({ operations: { a: sum }, ms, error })));

  it('is the line by least squares, and of slope 1 where nothing tells one', () => {
    const exact = line([
      [0, 2],
      [1, 3.5],
      [3, 6.5],
    ]);
    expect(exact).toEqual({
      networks: 3,
      fixed: near(2),
      slope: near(1.5),
      slopes: { a: near(1.5) },
      residual: 0,
    });
    const disturbed = line([
      [0, 2],
      [1, 3.5],
      [3, 6.5],
      [2, 50, 1e9],
    ]);
    expect(disturbed).toMatchObject({ fixed: near(2), slopes: { a: near(1.5) }, residual: near(0) });
    const below = line([
      [1, 0.5],
      [2, 3],
      [4, 8],
    ]);
    expect(below.fixed).toBe(0);
    expect(below.slope).toBeGreaterThan(0);
    expect(line([[5, 2]])).toEqual({ networks: 1, fixed: 0, slope: 0.4, slopes: { a: 0.4 }, residual: 0 });
    expect(line([])).toEqual({ networks: 0, fixed: 0, slope: 1, slopes: {}, residual: 0 });
    expect(line([[2, 5]])).toEqual({ networks: 1, fixed: 3, slope: 1, slopes: { a: 1 }, residual: 0 });
  });

  it('gives each primitive the slope that the networks tell, and that of all where they tell nothing', () => {
    const truth = { fixed: 1, slope: 1, slopes: { a: 1.3, b: 0.8, c: 1 } };
    const networks = Array.from({ length: 24 }, (_, i) => {
      const operations = { a: 1 + (i % 4), b: 1 + ((i * 7) % 5), c: 1 };
      return { operations, ms: calibrated(truth, operations), error: 0 };
    });
    const found = fitted(networks);
    expect(found.slopes.a).toBeCloseTo(1.3, 1);
    expect(found.slopes.b).toBeCloseTo(0.8, 1);
    // The same in all networks, so that it cannot be told from what is fixed.
    expect(found.slopes.c).toBeCloseTo(found.slope, 2);
    expect(found.residual).toBeLessThan(0.02);
    const single = networks.map(({ operations, ...rest }) => ({
      ...rest,
      operations: { all: operations.a + operations.b },
    }));
    expect(fitted(single).residual).toBeGreaterThan(5 * found.residual);
  });

  it('minimises the squares and the pull towards the common slope', () => {
    const networks = [3, 5, 4, 9, 7].map((ms, i) => ({
      operations: { a: 1 + i, b: (i * 3) % 5 },
      ms,
      error: 0.1,
    }));
    const { fixed, slope, slopes } = fitted(networks);
    const loss = (at: number, a: number, b: number) =>
      networks.reduce(
        (sum, { operations, ms, error }) =>
          sum + (at + a * operations.a + b * operations.b - ms) ** 2 / (error ** 2 + (0.02 * ms) ** 2),
        ((a - slope) / (0.2 * slope)) ** 2 + ((b - slope) / (0.2 * slope)) ** 2,
      );
    const least = loss(fixed, slopes.a!, slopes.b!);
    for (const d of [-0.01, 0.01]) {
      expect(loss(fixed + d, slopes.a!, slopes.b!)).toBeGreaterThan(least);
      expect(loss(fixed, slopes.a! + d, slopes.b!)).toBeGreaterThan(least);
      expect(loss(fixed, slopes.a!, slopes.b! + d)).toBeGreaterThan(least);
    }
  });
});

describe('measureModels', () => {
  it('measures networks in turn, in stock layers', async () => {
    const networks = [1, 2].map((seed) => networkOf(two, randomGenotype(two, seed)));
    const latencies = await measureModels(networks, quick);
    for (const found of latencies) expect(found).toMatchObject({ samples: 2, batch: 1 });
    expect((await measureModel(networks[0]!, quick)).ms).toBeGreaterThan(0);
    for (const network of networks) disposeWeights(network);
  });
});

describe('measureGenotype', () => {
  it('measures where the table was, and nowhere else', async () => {
    const table = await measureCosts(two, { ...sizesOf(two), ...quick, networks: 0 });
    const genotype = randomGenotype(two, 1);
    expect(await measureGenotype(table, genotype, { seconds: 0 })).toMatchObject({ samples: 2 });
    for (const elsewhere of [{ device: 'a telephone' }, { backend: 'abacus' }, { runtime: 'Firefox' }]) {
      const other = { ...table, measured: { ...table.measured, ...elsewhere } };
      expect(await measureGenotype(other, genotype)).toBeUndefined();
    }
    const counted = countCosts(two, sizesOf(two));
    await expect(measureGenotype(counted as never, genotype)).rejects.toThrow(HOUSE);
    await expect(measureGenotype(table, {} as never)).rejects.toThrow(HOUSE);
  });
});

describe('measureRounds', () => {
  it('goes on until all are settled, in turns', async () => {
    const order: string[] = [];
    const of = (name: string, enough: number) => {
      let count = 0;
      const sample = async () => {
        order.push(name);
        return ++count;
      };
      return { name, sample, settled: () => count >= enough };
    };
    const known = await measureRounds([of('a', 2), of('b', 3)], {
      rounds: 1,
      time: Number.POSITIVE_INFINITY,
    });
    expect(order.join('')).toBe('abbaab');
    expect(known.get('a')).toMatchObject({ samples: 3, settled: true, median: 2 });
    expect(spreadOf([1, 2, 3, 4, 100]).median).toBe(3);
    expect(spreadOf([2, 2, 2]).error).toBe(0);
  });
});
