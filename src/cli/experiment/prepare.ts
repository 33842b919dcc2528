import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import {
  createSupernet,
  gaussianNoise,
  nasBench201,
  normalizations,
  type SearchOptions,
  type SupernetOptions,
  split,
  subset,
} from 'noisydarts';
import { measureNormalization } from 'noisydarts/data';
import { readCifar10, readDigits } from 'noisydarts/node';
import { stream } from 'noisydarts/random';
import { robustDarts } from 'noisydarts/spaces';
import { enableWasmTraining } from 'noisydarts/wasm';
import { DIGITS } from '../data/digits';
import type { ExperimentSettings, Run, SpaceName } from './settings';

/** A space by its name on the command line. */
export const spaceNamed = (name: SpaceName) =>
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

/** The search of a run. */
export async function prepareSearch(
  settings: ExperimentSettings,
  { method, seed }: Pick<Run, 'method' | 'seed'>,
): Promise<SearchOptions> {
  const { channels, cells, epochs, batch, alphaRate, alphaDecay, noise, eigenvalue } = settings;
  await tf.setBackend('wasm');
  await enableWasmTraining();
  const { train, valid, augment } = await readData(settings);
  const supernet = createSupernet({
    space: spaceNamed(settings.space),
    noise: method === 'noisy' ? gaussianNoise({ std: noise }) : null,
    channels,
    cells,
    classes: train.classes,
    seed,
    inputShape: [...train.shape],
  } as SupernetOptions);
  return {
    supernet,
    train,
    valid,
    epochs,
    batchSize: batch,
    seed,
    augment,
    weights: { learningRate: 0.025, weightDecay: 5e-4, nesterov: true },
    alpha: { learningRate: alphaRate, weightDecay: alphaDecay },
    ...(eigenvalue !== undefined && { diagnostics: { every: eigenvalue, eigenvalue: true } }),
  };
}
