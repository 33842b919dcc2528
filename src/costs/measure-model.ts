import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkOptions, requireList, typeError } from '../errors';
import { genotypeMixture } from '../genotype';
import { disposeWeights } from '../layers/noisy-darts-layer';
import { toStandardLayers } from '../network';
import { blueprintOf } from './blueprint';
import {
  conditions,
  type MeasureOptions,
  type MeasuringConditions,
  measureKeys,
  onBackend,
  resolveMeasuring,
} from './conditions';
import type { LatencyTable } from './measure-costs';
import { measureRounds } from './rounds';
import { checkCostTable } from './table';
import { TimedModel } from './timed-model';

/** What {@link measureModel} returns. Plain JSON. */
export interface ModelLatency extends MeasuringConditions {
  /** Milliseconds of one run of a batch: the middle of all. */
  readonly ms: number;
  /** Its standard error, in ms. */
  readonly error: number;
  readonly samples: number;
  /** Whether the error is within the tolerance; false if the time was up first. */
  readonly settled: boolean;
  /** Milliseconds of the first run, in which programs are compiled and weights laid out. */
  readonly firstRun: number;
}

/**
 * How long several networks take, measured in turn, so that what slows the machine down falls on all of them.
 *
 * Each runs in stock layers (`toStandardLayers`), as where it will be used, on random inputs, without what only training
 * needs. All are in memory at once.
 *
 * @returns One an entry; those that a signal stopped before the least number of measurements are left out as undefined.
 * @throws TypeError or RangeError for what are no networks, or bad options.
 */
export async function measureModels(
  models: readonly LayersModel[],
  options: MeasureOptions = {},
): Promise<readonly (ModelLatency | undefined)[]> {
  return measureAll('measureModels', models, options);
}

/**
 * How long a network takes on the device at hand, in stock layers, as where it will be used.
 *
 * @throws TypeError or RangeError for what is no network, or bad options; Error if its signal stopped it before it knew.
 */
export async function measureModel(model: LayersModel, options: MeasureOptions = {}): Promise<ModelLatency> {
  const [latency] = await measureAll('measureModel', [model], options);
  if (!latency) throw new Error('measureModel: stopped by its signal');
  return latency;
}

/** Whether two runtimes are one: of browsers the same version, of Node any. */
const sameRuntime = (a: string, b: string) => a === b || [a, b].every((each) => each.startsWith('Node.js'));

/**
 * How long the network of a genotype takes where a table was measured: what `predictCost` predicts. Of the table's sizes and
 * batch, with initial weights.
 *
 * @returns Undefined where the table is of another backend, device or browser than these.
 * @throws TypeError or RangeError for what is no table of latencies of a space, another space's genotype, or bad options.
 */
export async function measureGenotype(
  table: LatencyTable,
  genotype: unknown,
  options: Pick<MeasureOptions, 'seconds' | 'signal'> = {},
): Promise<ModelLatency | undefined> {
  const fn = 'measureGenotype';
  checkCostTable(fn, table);
  const { space, sizes, measured } = table;
  if (!measured)
    throw typeError(fn, 'the table must be of latencies', table.cost, 'pass what measureCosts() returns');
  checkOptions(fn, options, { seconds: measureKeys.seconds, signal: measureKeys.signal });
  const { backend, device, runtime, batch, tolerance, rounds } = measured;
  if (!tf.engine().registryFactory[backend]) return undefined;
  const settings = { backend, batch, tolerance, rounds, ...options };
  return onBackend(backend, async () => {
    const here = conditions(resolveMeasuring(fn, settings));
    if (here.device !== device || !sameRuntime(here.runtime, runtime)) return undefined;
    genotypeMixture(space, genotype as never);
    const network = blueprintOf(fn, space, sizes).network(genotype);
    try {
      return (await measureAll(fn, [network], settings))[0];
    } finally {
      disposeWeights(network);
    }
  });
}

async function measureAll(
  fn: string,
  models: readonly LayersModel[],
  options: MeasureOptions,
): Promise<readonly (ModelLatency | undefined)[]> {
  checkOptions(fn, options, measureKeys);
  requireList(fn, 'the models', models, 'pass [network]');
  const settings = resolveMeasuring(fn, options);
  const { seconds, rounds, tolerance, batch } = settings;
  const { signal } = options;
  return onBackend(options.backend, async () => {
    const timed: TimedModel[] = [];
    try {
      for (const model of models) timed.push(new TimedModel(toStandardLayers(model), batch));
      for (const each of timed) if (!signal?.aborted) await each.warmUp();
      const known = await measureRounds(
        timed.map((each, i) => ({
          name: String(i),
          sample: () => each.sample(),
          settled: ({ median, error }) => error <= tolerance * median,
        })),
        { rounds, time: 1000 * seconds, signal },
      );
      const on = conditions(settings);
      return timed.map(({ firstRun }, i) => {
        const found = known.get(String(i));
        if (!found) return undefined;
        const { median, error, samples, settled } = found;
        return { ms: median, error, samples, settled, firstRun, ...on };
      });
    } finally {
      for (const each of timed) each.dispose();
    }
  });
}
