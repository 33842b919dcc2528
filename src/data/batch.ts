import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import { checkWhole } from './check';
import type { BatchRequest, ImageDataset, RawBatch } from './dataset';
import { prepareBatch } from './prepare-batch';

/** Images and labels as tensors. Whoever receives a batch disposes `x` and `y`. */
export interface Batch {
  /** Images, NHWC. */
  readonly x: tf.Tensor4D;
  /** Class indices, int32. */
  readonly y: tf.Tensor1D;
  /** Number of images. */
  readonly size: number;
}

/** How a data set is cut into batches. */
export interface BatchingOptions {
  /** Images a batch. */
  readonly batchSize: number;
  /** Leave out a last batch that is not full; default false. */
  readonly dropLast?: boolean | undefined;
}

/**
 * Number of batches in one pass over a data set.
 *
 * @throws RangeError if there would be none.
 */
export function batchCount(dataset: ImageDataset, options: BatchingOptions): number {
  const { batchSize, dropLast = false } = options;
  checkWhole('batchCount', 'batchSize', batchSize, 1, 64);
  const count = dropLast ? Math.floor(dataset.size / batchSize) : Math.ceil(dataset.size / batchSize);
  if (count === 0) {
    throw rangeError(
      'batchCount',
      `'${dataset.name}' does not fill one batch of ${batchSize}`,
      dataset.size,
      'lower batchSize, or pass dropLast: false',
    );
  }
  return count;
}

/** Asks a data set for a batch, from wherever it prepares batches. */
export function requestBatch(dataset: ImageDataset, request: BatchRequest): Promise<RawBatch> {
  return dataset.prepare ? dataset.prepare(request) : prepareBatch(dataset, request);
}

/** Makes tensors of a batch in host memory. */
export function toBatch(dataset: ImageDataset, { images, labels }: RawBatch): Batch {
  const [height, width, channels] = dataset.shape;
  const size = labels.length;
  return {
    x: tf.tensor4d(images, [size, height, width, channels], 'float32'),
    y: tf.tensor1d(labels, 'int32'),
    size,
  };
}
