import type { AugmentationOptions, Dataset } from '../data';
import { isMixed } from '../data/augment';

/** Loads what classification needs of targets that are shares of the classes, where there are any. */
export async function loadShares(
  augment: AugmentationOptions | undefined,
  ...datasets: Dataset[]
): Promise<void> {
  if (isMixed(augment) || datasets.some(({ targets }) => targets)) await import('./classification');
}
