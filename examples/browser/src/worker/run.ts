import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, type DartsSpace, darts, type EpochRecord, gaussianNoise, search } from 'noisydarts';
import { type LatencyTable, latency } from 'noisydarts/costs';
import type { AlphaWeights } from 'noisydarts/search';
import type { DartsSupernet } from 'noisydarts/supernet';
import type { Report, RunSettings } from '../protocol';
import { useBackend } from './backend';
import { type RunData, readData } from './data';
import { drawCells, drawHistory } from './figures';
import type { RunStore } from './store';

export const space: DartsSpace = darts();

/** A supernet that finishes within minutes: the sizes of `npm run search`. */
const CHANNELS = 4;
const CELLS = 3;
const BATCH = 64;
/** A run here takes a hundredth of the paper's steps, so alpha takes larger ones. */
const ALPHA_RATE = 0.01;
/** Milliseconds between two drawings of the cells. */
const REDRAW = 400;
const EVERY_STEPS = 10;

/** A search that has come to its end, or been stopped. */
export interface Trained {
  readonly supernet: DartsSupernet;
  readonly data: RunData;
}

/** Lets messages in: promises alone never give the worker's event loop a turn. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

/**
 * Runs the stored run from where it stands until its end or `signal`.
 *
 * @returns The supernet, for the caller to dispose; `done` is whether the search is at its end.
 */
export async function runSearch(
  store: RunStore,
  report: (message: Report) => void,
  signal: AbortSignal,
): Promise<Trained & { readonly done: boolean }> {
  const settings = (await store.get('settings'))!;
  const pictures = await store.get('pictures');
  const checkpoints = store.checkpoints();
  const resume = await checkpoints.load();
  const history: EpochRecord[] = [...((await store.get('history')) ?? [])];
  const backend = await useBackend(settings.backend, (note) =>
    report({ type: 'state', state: 'preparing', note, model: false }),
  );
  const data = await readData(settings, pictures);
  const { train, valid, normalize, classes } = data;
  report({ type: 'run', settings, images: describe(data, settings), backend });

  const { seed, noise, epochs, limit } = settings;
  const batchSize = Math.min(BATCH, train.size);
  const [height, width, depth] = train.shape;
  const supernet = createSupernet({
    space,
    noise: noise === 0 ? null : gaussianNoise({ std: noise }),
    channels: CHANNELS,
    cells: CELLS,
    classes: classes.length,
    seed,
    inputShape: [height, width, depth],
  }) as DartsSupernet;
  let done = false;
  try {
    let drawn = Number.NEGATIVE_INFINITY;
    const events = search<DartsSpace>({
      supernet,
      train,
      valid,
      epochs,
      batchSize,
      seed,
      augment: { normalize },
      alpha: { learningRate: ALPHA_RATE },
      checkpoint: { store: checkpoints, everySteps: EVERY_STEPS },
      signal,
      ...(limit !== null &&
        limit !== undefined && { budget: under(limit, epochs, await store.get('table')) }),
      ...(resume && { resume }),
    });
    report({ type: 'state', state: 'running', note: '', model: false });
    for await (const event of events) {
      if (event.type === 'step') {
        const { epoch, stepInEpoch, stepsPerEpoch, trainLoss, trainAccuracy, secondsLeft, imagesPerSecond } =
          event;
        report({
          type: 'step',
          epoch,
          step: stepInEpoch + 1,
          steps: stepsPerEpoch,
          loss: trainLoss,
          accuracy: trainAccuracy!,
          secondsLeft,
          imagesPerSecond,
        });
        if (performance.now() - drawn > REDRAW) {
          report(drawCells(space, await supernet.edgeWeights()));
          drawn = performance.now();
        }
        await turn();
      }
      if (event.type === 'epoch') {
        const { type: _, epochs: __, ...record } = event;
        // A run that was cut off between an epoch and its checkpoint does that epoch again.
        history.splice(record.epoch, history.length, record as unknown as EpochRecord);
        await store.setHistory(history);
        const { numTensors: tensors, numBytes: bytes } = tf.memory();
        report({ type: 'memory', tensors, bytes });
        report(drawHistory(space, history, settings));
        report(drawCells(space, event.alphas));
      }
      if (event.type === 'done') {
        done = true;
        const last = history.at(-1)!;
        report(drawHistory(space, history, settings, event.genotype));
        report(drawCells(space, last.alphas as AlphaWeights<DartsSpace>, event.genotype));
        const accuracy = last.validAccuracy;
        await store.addFound({ limit: limit ?? null, genotype: event.genotype, accuracy });
      }
    }
    return { supernet, data, done };
  } catch (error) {
    supernet.dispose();
    throw error;
  }
}

/** The limit, once the weights have settled. */
function under(limit: number, epochs: number, table: LatencyTable | undefined) {
  if (!table) throw new Error('Nothing was measured on this device yet; press “Measure” first.');
  return latency(table, { limit, schedule: { from: Math.floor(epochs / 4) } });
}

function describe({ train, valid, classes }: RunData, { data }: RunSettings): string {
  const what = data === 'digits' ? 'digits' : 'pictures';
  const [height, width] = train.shape;
  return `${train.size + valid.size} ${what} of ${height}×${width}, ${classes.length} classes`;
}
