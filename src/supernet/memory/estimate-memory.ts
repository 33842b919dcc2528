import { checkOptions, requireObject } from '../../errors';
import type { InputShape } from '../../layers';
import { mostActive } from '../mixture';
import type { Supernet } from '../supernet';
import { supernetFootprints } from './parts';
import { peak } from './peak';

/** Options of {@link estimateMemory}. */
export interface EstimateMemoryOptions {
  /** Images a batch. */
  readonly batchSize: number;
  /** Height, width and channels of an image, or time and channels of a signal. */
  readonly inputShape: InputShape;
}

/** What a training step needs at its peak, in bytes. */
export interface MemoryEstimate {
  /** All of it. */
  readonly bytes: number;
  /** Maps kept for the way back, and what that needs besides, where there is most of it. */
  readonly activations: number;
  /** Weights, running statistics, momentum and gradients. */
  readonly parameters: number;
}

/**
 * Memory that a search step takes at its peak with the training kernels of `noisydarts/wasm`, before it is run, for every
 * space and strategy.
 *
 * The maps that each layer keeps until its way back is done, and what that needs besides, from the shapes of the network, plus
 * weights, statistics, momentum and gradients, and what the backend's memory grows by beyond need. `recompute: 'cell'` counts the
 * inside of the widest cell instead of all. Where a strategy chooses one operation an edge, the largest counts.
 *
 * @param supernet - Built.
 * @throws RangeError for a batch that is not a positive integer.
 */
export function estimateMemory(supernet: Supernet, options: EstimateMemoryOptions): MemoryEstimate {
  requireObject('estimateMemory', 'the supernet', supernet, 'pass one of createSupernet()', 'edgePass');
  const { batchSize, inputShape } = checkOptions(
    'estimateMemory',
    options,
    { batchSize: 'count', inputShape: 'list' },
    true,
  );
  const activations = 4 * batchSize * peak(supernetFootprints(supernet, [null, ...inputShape]));
  const weights = supernet.weights.reduce(
    (sum, { shape }) => sum + shape.reduce((p: number, s) => p * s!, 1),
    0,
  );
  const gradients = supernet.choosesOne ? mostActive(supernet) : weights;
  const parameters = 4 * (2 * weights + gradients);
  // As the gradients come, the maps go.
  const live = Math.max(activations, 4 * gradients) + 8 * weights + BACKEND;
  return { bytes: live + Math.min(0.15 * live, 72 * MB), activations, parameters };
}

const MB = 2 ** 20;

/** What the backend's memory holds before there is a tensor. */
const BACKEND = 4 * MB;
