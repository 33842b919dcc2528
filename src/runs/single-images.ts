import * as tf from '@tensorflow/tfjs-core';
import { setAside } from '../architect/with-values';
import type { Dataset } from '../data';
import { rangeError } from '../errors';

/** A use of a data set in training mode. */
export interface TrainingUse {
  readonly dataset: Dataset;
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** Threads that a batch is spread over. Default 1. */
  readonly threads?: number;
}

/** Images of the smallest part of a batch that a thread computes. */
function smallestPart({ dataset: { size }, batchSize, dropLast, threads = 1 }: TrainingUse): number {
  const last = dropLast || size % batchSize === 0 ? batchSize : size % batchSize;
  return Math.max(1, Math.floor(Math.min(last, size) / threads));
}

/**
 * Refuses a run that would come to a batch of one image which batch norm has no statistics for, as where maps shrink to 1x1.
 *
 * @param forward - A pass in training mode over one image; only made where there is such a batch.
 * @param state - What that pass changes by the way.
 * @throws RangeError that says which data set leaves one image.
 */
export function checkSingleImages(
  fn: string,
  forward: (x: tf.Tensor) => unknown,
  state: readonly tf.Variable[],
  uses: readonly TrainingUse[],
): void {
  const alone = uses.find((use) => smallestPart(use) === 1);
  if (!alone) return;
  const { dataset, batchSize } = alone;
  const putBack = setAside(state);
  try {
    tf.tidy(() => void forward(tf.zeros([1, ...dataset.shape])));
  } catch (error) {
    throw rangeError(
      fn,
      `a batch of '${dataset.name}' would be of one image, on which this network cannot train (${(error as Error).message})`,
      `${dataset.size} images in batches of ${batchSize}`,
      'use another batchSize, or dropLast: true',
    );
  } finally {
    putBack();
  }
}
