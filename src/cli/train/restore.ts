import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type NetworkEngine, trainNetwork } from 'noisydarts/network';
import { fileStore } from 'noisydarts/node';
import { asUsage } from '../command-line';
import { importSetup } from '../search/spaces';
import { createChosenNetwork } from './command';
import { readData, type TrainData } from './data';
import { readGenotype } from './genotype';
import { CHECKPOINT, storedSettings, type TrainSettings } from './options';

/** The network of a training that was stopped, with the weights of its last checkpoint, and its images. */
export async function restoreTraining(
  folder: string,
): Promise<TrainData & { readonly network: LayersModel }> {
  const settings = await storedSettings(folder);
  if (settings.setup !== undefined) await importSetup(settings.setup);
  const genotype = await readGenotype(folder);
  const data = await asUsage(readData(settings));
  const { train, augment } = data;
  const network = createChosenNetwork(genotype, settings, train);
  const { epochs, batch: batchSize, dropPath, seed } = settings;
  const resume = (await fileStore(join(folder, CHECKPOINT)).load())!;
  const run = { network, train, epochs, batchSize, dropPath, augment, seed, resume };
  const events = trainNetwork({ ...run, ...idleThreads(network, settings) });
  // With its first event the weights of the checkpoint are in the network.
  await events.next();
  await events.return();
  return { ...data, network };
}

/** The threads of a run that is not gone on with: its checkpoint is of as many, and none of them is needed. */
function idleThreads(
  network: LayersModel,
  { threads = 1 }: TrainSettings,
): { readonly engine?: NetworkEngine } {
  if (threads === 1) return {};
  const idle = () => Promise.reject(new Error('restoreTraining: nothing is computed'));
  return { engine: { network, threads, gradients: idle, evaluate: idle, dispose: async () => {} } };
}
