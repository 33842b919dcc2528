import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkOptions, requireList } from '../errors';
import { toStandardLayers } from '../network';
import {
  conditions,
  type MeasureOptions,
  type MeasuringConditions,
  measureKeys,
  onBackend,
  resolveMeasuring,
} from './conditions';
import { measureRounds } from './rounds';
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
