import type { Stream } from '../random';
import type { Augmentation } from './augment';
import { type BatchingOptions, requestBatch } from './batch';
import type { ImageDataset, RawBatch } from './dataset';

/** How a data set is shuffled, cut into batches and changed. */
export interface ShuffledOptions extends BatchingOptions {
  /** Source of the orders and of the augmentation's draws. */
  readonly stream: Stream;
  /** Changes to the images; default none. */
  readonly augment?: Augmentation | undefined;
}

/** The order of the images in one epoch: a function of the stream and the epoch alone. */
export function epochOrder(dataset: ImageDataset, stream: Stream, epoch: number): Int32Array {
  return stream.child('order', epoch).generator().permutation(dataset.size);
}

/**
 * The batch at `position` of an epoch, given the epoch's order. Its augmentation is a function of the stream, the
 * epoch and the position alone, so a batch can be made without those before it.
 */
export function shuffledBatch(
  dataset: ImageDataset,
  { batchSize, stream, augment }: ShuffledOptions,
  order: Int32Array,
  epoch: number,
  position: number,
): Promise<RawBatch> {
  return requestBatch(dataset, {
    indices: order.slice(position * batchSize, (position + 1) * batchSize),
    augment: augment?.options,
    key: stream.child('augment', epoch, position).key,
  });
}
