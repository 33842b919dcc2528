import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  createSupernet,
  type Genotype,
  genotypeFromJson,
  genotypeToJson,
  search,
  split,
  variants,
  weightVariables,
} from 'noisydarts';
import { plainNetwork } from 'noisydarts/cli';
import type { Dataset } from 'noisydarts/data';
import { stateVariables } from 'noisydarts/layers';
import { countCost, createNetwork, putWeights, trainNetwork } from 'noisydarts/network';
import { fileStore, withProgress, writeFileAtomic } from 'noisydarts/node';
import { stream } from 'noisydarts/random';
import { darts1d } from 'noisydarts/spaces';
import { SHAPE } from './features';
import { augment } from './recordings';

/** How a network for spoken digits is searched and trained. */
export interface AudioSettings {
  readonly searchEpochs: number;
  readonly epochs: number;
  /** Channels of the searched cells, and of the network's. */
  readonly searchChannels: number;
  readonly channels: number;
  readonly cells: number;
  readonly batch: number;
  readonly seed: number;
}

/** The settings for all recordings, but for the seed. */
export const defaults: Omit<AudioSettings, 'seed'> = {
  searchEpochs: 6,
  epochs: 24,
  searchChannels: 8,
  channels: 16,
  cells: 3,
  batch: 64,
};

/** Those for the few that come with the examples. */
export const quick: Omit<AudioSettings, 'seed'> = { ...defaults, searchEpochs: 4, epochs: 60, batch: 8 };

/** Where a run keeps what it has, and what stops it. */
interface Run {
  readonly folder: string;
  readonly signal: AbortSignal;
}

const inputShape = [...SHAPE] as [number, number];

/** Frees a model's variables. */
export const free = (model: Parameters<typeof weightVariables>[0]): void =>
  tf.dispose([...weightVariables(model), ...stateVariables(model)]);

/** A search in `darts1d()`, with the paper's noise; undefined if it was stopped. What is there of it goes on. */
export async function findGenotype(
  train: Dataset,
  { searchEpochs, searchChannels, cells, batch, seed }: AudioSettings,
  { folder, signal }: Run,
): Promise<Genotype | undefined> {
  const file = join(folder, 'genotype.json');
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found !== undefined) return genotypeFromJson(found) as Genotype;
  const store = fileStore(join(folder, 'search-checkpoint'));
  const stored = await store.load();
  const [weights, alphas] = split(train, { shuffle: stream(seed, 'halves') });
  const supernet = createSupernet({
    space: darts1d(),
    noise: variants.a,
    channels: searchChannels,
    cells,
    classes: 10,
    seed,
    inputShape,
  });
  try {
    const events = search({
      supernet,
      train: weights,
      valid: alphas,
      epochs: searchEpochs,
      batchSize: Math.min(batch, weights.size),
      seed,
      augment,
      // So short a search would leave alpha where it is at the paper's rate.
      alpha: { learningRate: 1e-2 },
      checkpoint: { store },
      signal,
      ...(stored && { resume: stored }),
    });
    for await (const event of withProgress(events)) {
      if (event.type !== 'done') continue;
      await writeFileAtomic(file, genotypeToJson(event.genotype));
      return event.genotype;
    }
    return undefined;
  } finally {
    supernet.dispose();
  }
}

/** The network of a genotype, or a plain one of as many parameters. */
export function createAudioNetwork(
  genotype: Genotype,
  { channels, cells, seed }: AudioSettings,
  which: 'found' | 'plain',
): LayersModel {
  const found = createNetwork(genotype, { channels, cells, classes: 10, inputShape, auxiliary: false, seed });
  if (which === 'found') return found;
  const { parameters } = countCost(found).total;
  free(found);
  return plainNetwork({ parameters, classes: 10, inputShape, seed });
}

/** Trains a network on all that may be heard; false if it was stopped. What is there of it goes on. */
export async function trainAudioNetwork(
  network: LayersModel,
  train: Dataset,
  { epochs, batch, seed }: AudioSettings,
  { folder, signal }: Run,
): Promise<boolean> {
  const store = fileStore(join(folder, 'training-checkpoint'));
  const stored = await store.load();
  const events = trainNetwork({
    network,
    train,
    heldOut: 0,
    epochs,
    batchSize: Math.min(batch, train.size),
    dropPath: 0,
    seed,
    augment,
    checkpoint: { store },
    signal,
    ...(stored && { resume: stored }),
  });
  for await (const event of withProgress(events)) {
    if (event.type !== 'done') continue;
    putWeights(network, event.best.weights);
    return true;
  }
  return false;
}
