import { type OptionKeys, typeError } from '../errors';
import type { Stream } from '../random';
import { type Augmentation, checkFit } from './augment';
import { BATCHING_KEYS, type BatchingOptions, batchCount, requestBatch } from './batch';
import type { Dataset, ExampleBatch } from './dataset';

/** How a data set is shuffled, cut into batches and changed. */
export interface ShuffledOptions extends BatchingOptions {
  /** Source of the orders and of the augmentation's draws. */
  readonly stream: Stream;
  /** Changes to the examples; default none. */
  readonly augment?: Augmentation | undefined;
}

export const SHUFFLED_KEYS = {
  ...BATCHING_KEYS,
  stream: true,
  augment: true,
} satisfies OptionKeys<ShuffledOptions>;

/**
 * Batches an epoch has.
 *
 * @throws RangeError and TypeError naming `fn` if the data set, a setting or the augmentation cannot be, or do not fit.
 */
export function shuffledCount(
  fn: string,
  dataset: Dataset,
  { batchSize, dropLast, stream, augment }: ShuffledOptions,
): number {
  const count = batchCount(dataset, { batchSize, dropLast });
  if (typeof stream?.child !== 'function') {
    throw typeError(fn, 'stream must be a stream of random numbers', stream, 'pass stream(seed)');
  }
  if (augment !== undefined && (typeof augment !== 'object' || typeof augment?.apply !== 'function')) {
    throw typeError(fn, 'augment must be an augmentation', augment, 'pass augmentation(options)');
  }
  if (augment) checkFit(fn, augment.options, dataset);
  return count;
}

/** The order of the examples in one epoch: a function of the stream and the epoch alone. */
export function epochOrder(dataset: Dataset, stream: Stream, epoch: number): Int32Array {
  return stream.child('order', epoch).generator().permutation(dataset.size);
}

/**
 * The batch at `position` of an epoch, given the epoch's order. Its augmentation is a function of the stream, the
 * epoch and the position alone, so a batch can be made without those before it.
 */
export function shuffledBatch(
  dataset: Dataset,
  { batchSize, stream, augment }: ShuffledOptions,
  order: Int32Array,
  epoch: number,
  position: number,
): Promise<ExampleBatch> {
  return requestBatch(dataset, {
    indices: order.slice(position * batchSize, (position + 1) * batchSize),
    augment: augment?.options,
    key: stream.child('augment', epoch, position).key,
  });
}
