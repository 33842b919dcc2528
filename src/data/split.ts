import { rangeError } from '../errors';
import type { Stream } from '../random';
import type { ImageDataset } from './dataset';
import { subset } from './subset';

/** How {@link split} divides. */
export interface SplitOptions {
  /** Share of the images that goes to the first part; default 0.5. */
  readonly fraction?: number | undefined;
  /** Shuffles the images before they are divided; default: the first part is the first images, as in the paper. */
  readonly shuffle?: Stream | undefined;
}

/**
 * Divides a data set in two: floor(fraction * size) images for the weights, the rest for alpha.
 *
 * Source: NoisyDARTS trains weights on the first 25,000 images of CIFAR-10 and alpha on the other 25,000, not shuffled
 * before the split.
 *
 * @throws RangeError if a part would be empty.
 */
export function split(
  dataset: ImageDataset,
  { fraction = 0.5, shuffle }: SplitOptions = {},
): [first: ImageDataset, second: ImageDataset] {
  const { size } = dataset;
  const border = Math.floor(fraction * size);
  if (!(border >= 1 && border < size)) {
    throw rangeError(
      'split',
      `a part of '${dataset.name}' (${size} images) would be empty`,
      fraction,
      'pass a fraction between 0 and 1 that leaves both parts an image',
    );
  }
  if (shuffle) {
    const order = shuffle.generator().permutation(size);
    return [subset(dataset, order.subarray(0, border)), subset(dataset, order.subarray(border))];
  }
  return [subset(dataset, { to: border }), subset(dataset, { from: border })];
}
