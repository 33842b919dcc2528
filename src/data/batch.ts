import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { checkChoice, checkDataset, checkRawSizes, checkWhole } from './check';
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

export const BATCHING_KEYS = { batchSize: true, dropLast: true } satisfies OptionKeys<BatchingOptions>;

/** The options of a loop over batches may be passed as they are, to count its batches. */
const COUNTING_KEYS = {
  ...BATCHING_KEYS,
  stream: true,
  augment: true,
  epoch: true,
  skip: true,
  position: true,
  normalize: true,
};

/**
 * Number of batches in one pass over a data set.
 *
 * @throws RangeError if there would be none, or the data set's size, shape or classes cannot be.
 */
export function batchCount(dataset: ImageDataset, options: BatchingOptions): number {
  checkOptions('batchCount', options, COUNTING_KEYS);
  checkDataset('batchCount', dataset);
  const { batchSize, dropLast = false } = options;
  checkWhole('batchCount', 'batchSize', batchSize, 1, 64);
  checkChoice('batchCount', 'dropLast', dropLast, [true, false]);
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
export async function requestBatch(dataset: ImageDataset, request: BatchRequest): Promise<RawBatch> {
  if (!dataset.prepare) return prepareBatch(dataset, request);
  const raw = await dataset.prepare(request);
  checkRawSizes(dataset, request.indices.length, raw);
  return raw;
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
