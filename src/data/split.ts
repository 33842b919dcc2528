import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import type { Stream } from '../random';
import { checkDataset } from './check';
import type { Dataset } from './dataset';
import { type Part, subset } from './subset';

/** How {@link split} divides. */
export interface SplitOptions {
  /** Share of the examples that goes to the first part; default 0.5. */
  readonly fraction?: number | undefined;
  /** Shuffles the examples before they are divided; default: the first part is the first ones, as in the paper. */
  readonly shuffle?: Stream | undefined;
}

const KEYS = { fraction: true, shuffle: true } satisfies OptionKeys<SplitOptions>;

/**
 * Divides a data set in two: floor(fraction * size) examples for the weights, the rest for alpha.
 *
 * Source: NoisyDARTS trains weights on the first 25,000 images of CIFAR-10 and alpha on the other 25,000, not shuffled
 * before the split.
 *
 * @throws RangeError if a part would be empty.
 */
export function split<D extends Dataset>(
  dataset: D,
  options: SplitOptions = {},
): [first: Part<D>, second: Part<D>] {
  checkOptions('split', options, KEYS);
  checkDataset('split', dataset);
  const { fraction = 0.5, shuffle } = options;
  if (shuffle !== undefined && typeof shuffle?.generator !== 'function') {
    throw typeError('split', 'shuffle must be a stream of random numbers', shuffle, 'pass stream(seed)');
  }
  const { size } = dataset;
  const border = Math.floor(fraction * size);
  if (!(border >= 1 && border < size)) {
    throw rangeError(
      'split',
      `a part of '${dataset.name}' (${size} examples) would be empty`,
      fraction,
      'pass a fraction between 0 and 1 that leaves both parts an example',
    );
  }
  if (shuffle) {
    const order = shuffle.generator().permutation(size);
    return [subset(dataset, order.subarray(0, border)), subset(dataset, order.subarray(border))];
  }
  return [subset(dataset, { to: border }), subset(dataset, { from: border })];
}
