import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { rangeError } from '../errors';
import { DropPath, NoisyDartsLayer } from '../layers';
import { requireNetwork } from './require-network';

const dropPaths = (layer: layers.Layer): DropPath[] => {
  if (layer instanceof DropPath) return [layer];
  return layer instanceof NoisyDartsLayer ? layer.children.flatMap(dropPaths) : [];
};

/** The drop paths of a network, in order. */
export const dropPathsIn = (network: LayersModel): DropPath[] => network.layers.flatMap(dropPaths);

/**
 * Sets the rate of every drop path of a network; the paper's ramp is `setDropPath(network, 0.2 * epoch / epochs)`.
 *
 * @param rate - Probability that an operation's map is dropped, image by image, in [0, 1).
 * @returns How many drop paths there are.
 * @throws RangeError if the rate is not in [0, 1).
 */
export function setDropPath(network: LayersModel, rate: number): number {
  requireNetwork('setDropPath', network);
  if (!(Number.isFinite(rate) && rate >= 0 && rate < 1)) {
    throw rangeError('setDropPath', 'rate must be in [0, 1)', rate, 'use for example 0.2');
  }
  const found = dropPathsIn(network);
  for (const dropPath of found) dropPath.rate = rate;
  return found.length;
}
