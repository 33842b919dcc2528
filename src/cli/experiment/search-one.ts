/** One run of an experiment, in a process of its own: `search-one.ts SETTINGS RUN FOLDER`, each as JSON. Tells its parent how far it is. */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import {
  createSupernet,
  gaussianNoise,
  nasBench201,
  normalizations,
  type SearchOptions,
  type SupernetOptions,
  search,
  split,
  subset,
} from 'noisydarts';
import { measureNormalization } from 'noisydarts/data';
import { describeRun, fileStore, readCifar10, readDigits, recordRun, stopOnInterrupt } from 'noisydarts/node';
import { stream } from 'noisydarts/random';
import { robustDarts } from 'noisydarts/spaces';
import { enableWasmTraining } from 'noisydarts/wasm';
import { DIGITS } from '../data/digits';
import type { ExperimentSettings, Run, SpaceName } from './settings';

/** What a run tells the process that started it. */
export type RunMessage =
  | { readonly kind: 'step'; readonly done: number; readonly total: number }
  | { readonly kind: 'epoch' }
  | { readonly kind: 'end'; readonly stopped: boolean }
  | { readonly kind: 'failed'; readonly message: string };

const tell = (message: RunMessage) => process.send?.(message);

const spaceNamed = (name: SpaceName) =>
  name === 'nasbench201' ? nasBench201() : robustDarts(name.toUpperCase() as 'S1' | 'S2' | 'S3' | 'S4');

/** The same images for every run; the seed decides their order. */
async function readData({ data, limit }: ExperimentSettings) {
  if (data === undefined) {
    const digits = await readDigits(DIGITS);
    const size = Math.min(limit, digits.size);
    const [train, valid] = split(subset(digits, { to: size }), { shuffle: stream(0, 'split') });
    return { train, valid, augment: { normalize: await measureNormalization(train) } };
  }
  const [train, valid] = split(await readCifar10(data, { limit }));
  return { train, valid, augment: { crop: { padding: 4 }, flip: true, normalize: normalizations.cifar10 } };
}

async function run(settings: ExperimentSettings, { method, seed }: Run, folder: string): Promise<void> {
  const { channels, cells, epochs, batch, alphaRate, alphaDecay, noise, eigenvalue } = settings;
  await tf.setBackend('wasm');
  await enableWasmTraining();
  const { train, valid, augment } = await readData(settings);
  const space = spaceNamed(settings.space);
  const supernet = createSupernet({
    space,
    noise: method === 'noisy' ? gaussianNoise({ std: noise }) : null,
    channels,
    cells,
    classes: train.classes,
    seed,
    inputShape: [...train.shape],
  } as SupernetOptions);
  const store = fileStore(join(folder, 'checkpoint'));
  const stored = await store.load();
  const interrupt = stopOnInterrupt();
  const options: SearchOptions = {
    supernet,
    train,
    valid,
    epochs,
    batchSize: batch,
    seed,
    augment,
    weights: { learningRate: 0.025, weightDecay: 5e-4, nesterov: true },
    alpha: { learningRate: alphaRate, weightDecay: alphaDecay },
    checkpoint: { store },
    signal: interrupt.signal,
    ...(eigenvalue !== undefined && { diagnostics: { every: eigenvalue, eigenvalue: true } }),
    ...(stored && { resume: stored }),
  };
  let stopped = false;
  for await (const event of recordRun(search(options), { folder, space, settings: describeRun(options) })) {
    if (event.type === 'step')
      tell({ kind: 'step', done: event.step + 1, total: event.epochs * event.stepsPerEpoch });
    // On a backend that never waits for a device, nothing else would let signals through.
    await setImmediate();
    if (event.type === 'epoch') tell({ kind: 'epoch' });
    if (event.type === 'stopped') stopped = true;
  }
  interrupt.dispose();
  tell({ kind: 'end', stopped });
}

// Without its parent nobody would know how a run ends.
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
try {
  const [settings, one, folder] = process.argv.slice(2).map((text) => JSON.parse(text));
  await run(settings as ExperimentSettings, one as Run, folder as string);
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
// The channel to the parent keeps a process alive.
process.removeAllListeners('disconnect');
process.disconnect?.();
