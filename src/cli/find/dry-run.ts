import * as tf from '@tensorflow/tfjs-core';
import {
  createSupernet,
  type ImageDataset,
  type SearchSpace,
  type SupernetOptions,
  search,
  split,
  weightVariables,
} from 'noisydarts';
import { randomGenotype } from 'noisydarts/genotype';
import { stateVariables } from 'noisydarts/layers';
import { countCost, trainNetwork } from 'noisydarts/network';
import { countParameters, type DryRun, describeDryRun, dryRun, estimatedMb } from '../dry-run';
import { createFoundNetwork, type FoundGenotype } from '../train/genotype';
import type { FindSettings } from './options';

/** What is known of a run before it begins. */
interface Planned {
  readonly space: SearchSpace;
  readonly settings: FindSettings;
  readonly train: ImageDataset;
  readonly parts: {
    readonly supernet: object;
    readonly search: { readonly epochs: number; readonly batchSize: number };
    readonly network: { readonly auxiliary?: boolean };
    readonly training: { readonly epochs: number; readonly batchSize: number };
  };
}

/** A few steps of the search. */
async function drySearch({ space, settings, train, parts }: Planned): Promise<DryRun> {
  const { seed } = settings;
  const [images, valid] = split(train);
  const supernet = createSupernet({
    space,
    ...parts.supernet,
    classes: train.classes,
    inputShape: [...train.shape],
    seed,
  } as SupernetOptions);
  try {
    const memory = estimatedMb(supernet, { batchSize: parts.search.batchSize, inputShape: train.shape });
    const events = search({ supernet, train: images, valid, seed, ...parts.search });
    return await dryRun(events, { settings, parameters: countParameters(supernet), ...memory });
  } finally {
    supernet.dispose();
  }
}

/** A few steps of the training of a network such as may be found, one of a genotype drawn at random. */
async function dryTraining({ space, settings, train, parts }: Planned): Promise<DryRun> {
  const { trainChannels: channels, trainCells: cells, seed } = settings;
  const found = { kind: space.kind, space, genotype: randomGenotype(space as never, seed) } as unknown;
  const size = { channels, cells, seed, auxiliary: parts.network.auxiliary === true };
  const network = createFoundNetwork(found as FoundGenotype, size, train);
  try {
    const { parameters } = countCost(network).total;
    const events = trainNetwork({ network, train, seed, ...parts.training });
    return await dryRun(events, { settings: {}, parameters });
  } finally {
    tf.dispose([...weightVariables(network), ...stateVariables(network)]);
  }
}

/** What searching, training and testing would take. */
export async function describeFind(planned: Planned, json: boolean): Promise<string> {
  const search = await drySearch(planned);
  const training = await dryTraining(planned);
  if (json) return JSON.stringify({ search, training });
  return `${describeDryRun(search, false)}\n\nThen the training, of a network as may be found:\n${describeDryRun(training, false)}`;
}
