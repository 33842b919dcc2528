import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type InMemoryDataset, inMemory } from '../../../../src/data';
import type { Genotype } from '../../../../src/genotype';
import { stateVariables, weightVariables } from '../../../../src/layers';
import {
  createNetwork,
  type NetworkOptions,
  type TrainingEvent,
  type TrainingOptions,
  trainNetwork,
} from '../../../../src/network';
import { stream } from '../../../../src/random';

const genotype: Genotype = {
  normal: [
    ['sep_conv_3x3', 0],
    ['skip_connect', 1],
  ],
  normalConcat: [2],
  reduce: [
    ['max_pool_3x3', 0],
    ['skip_connect', 1],
  ],
  reduceConcat: [2],
};

/** A network of one normal and two reduction cells with one node each, for 8x8x1 images of two classes. */
export function tinyNetwork(options: NetworkOptions = {}): LayersModel {
  return createNetwork(genotype, {
    channels: 2,
    cells: 3,
    classes: 2,
    inputShape: [8, 8, 1],
    auxiliary: false,
    ...options,
  });
}

/** Images whose brighter half, left or right, is their class. */
export function halves(size = 20, side = 8, name = 'halves'): InMemoryDataset {
  const generator = stream(3, name).generator();
  const labels = Int32Array.from({ length: size }, (_, i) => i % 2);
  const images = Float32Array.from({ length: size * side * side }, (_, i) => {
    const right = i % side >= side / 2 ? 1 : 0;
    const bright = labels[Math.floor(i / side ** 2)] === right ? 0.4 : 0;
    return bright + 0.6 * generator.uniform();
  });
  return inMemory({ name, images, labels, shape: [side, side, 1], classes: 2 });
}

/** Frees a network's variables. */
export function free(network: LayersModel): void {
  tf.dispose([...weightVariables(network), ...stateVariables(network)]);
}

/** Every variable's values. */
export function everything(network: LayersModel): number[][] {
  return network.weights.map((weight) => [...weight.read().dataSync()]);
}

/** Runs a short training to its end, or until `stop` says so, and returns its events. */
export async function trained(
  options: Partial<TrainingOptions> & Pick<TrainingOptions, 'network'>,
  stop: (event: TrainingEvent) => boolean = () => false,
): Promise<TrainingEvent[]> {
  const abort = new AbortController();
  const events: TrainingEvent[] = [];
  const run = trainNetwork({
    train: halves(),
    heldOut: 0.2,
    epochs: 2,
    batchSize: 6,
    seed: 4,
    signal: abort.signal,
    ...options,
  });
  for await (const event of run) {
    events.push(event);
    if (stop(event)) abort.abort();
  }
  return events;
}

/** The events of one type. */
export function ofType<T extends TrainingEvent['type']>(events: readonly TrainingEvent[], type: T) {
  return events.filter((event): event is Extract<TrainingEvent, { type: T }> => event.type === type);
}
