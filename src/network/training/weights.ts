import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { variableOf } from '../../layers/noisy-darts-layer';
import type { NamedTensor } from '../../optimizers';
import { matchVariables, readVariables } from '../../runs';
import { requireNetwork } from '../require-network';

/** The values of a network's weights and running statistics, on the host, by the names under which tfjs saves them. */
export type WeightSnapshot = readonly NamedTensor[];

/** A network's variables by the names under which tfjs saves them. */
export function namedVariables(network: LayersModel, fn = 'namedVariables'): Map<string, tf.Variable> {
  requireNetwork(fn, network);
  return new Map(network.weights.map((weight) => [weight.originalName, variableOf(weight)]));
}

/** Copies a network's weights and running statistics to the host. */
export async function takeWeights(network: LayersModel): Promise<WeightSnapshot> {
  return readVariables(namedVariables(network, 'takeWeights'));
}

/**
 * Puts weights back into a network. Everything is checked before anything changes.
 *
 * @param weights - What {@link takeWeights} gave for this network or one like it; further tensors are left aside.
 * @throws RangeError if a weight is missing or of another shape.
 */
export function putWeights(network: LayersModel, weights: WeightSnapshot): void {
  const remedy = 'put them into the network they were taken from';
  matchVariables('putWeights', 'the weights', namedVariables(network, 'putWeights'), weights, remedy)();
}
