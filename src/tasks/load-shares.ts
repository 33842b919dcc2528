import type * as tf from '@tensorflow/tfjs-core';
import type { AugmentationOptions, Dataset } from '../data';
import { isMixed } from '../data/augment';

/** Loads what classification needs of targets that are shares of the classes, where there are any. */
export async function loadShares(
  augment: AugmentationOptions | undefined,
  ...datasets: Dataset[]
): Promise<void> {
  if (isMixed(augment) || datasets.some(({ targets }) => targets)) await import('./classification');
}

/** {@link loadShares} for one batch of targets. */
export async function loadSharesOf({ rank }: tf.Tensor): Promise<void> {
  if (rank > 1) await import('./classification');
}
