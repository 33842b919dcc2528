import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError, requireKind } from '../errors';
import { isMixed } from './augment';
import { checkDataset, checkNumbers, examplesOf } from './check';
import type { BatchRequest, Dataset, ExampleBatch, ImageDataset } from './dataset';
import { augmented, prepareBatch } from './prepare-batch';
import { sizeOf } from './shape';

/**
 * Examples and targets as tensors. Whoever receives a batch disposes `x` and `y`.
 *
 * @typeParam D - The data set; of an `ImageDataset` `x` is NHWC.
 */
export interface Batch<D extends Dataset = ImageDataset> {
  /** Examples, [N, ...shape]. */
  readonly x: D extends ImageDataset ? tf.Tensor4D : tf.Tensor;
  /**
   * Class indices [N], int32, or [N, ...targets.shape]; of a batch that `mixup` or `cutmix` has mixed the share of every
   * class, [N, classes].
   */
  readonly y: D extends ImageDataset ? tf.Tensor1D : tf.Tensor;
  /** Number of examples. */
  readonly size: number;
}

/** How a data set is cut into batches. */
export interface BatchingOptions {
  /** Examples a batch. */
  readonly batchSize: number;
  /** Leave out a last batch that is not full; default false. */
  readonly dropLast?: boolean | undefined;
}

export const BATCHING_KEYS = { batchSize: 'count', dropLast: 'flag' } satisfies OptionKeys<BatchingOptions>;

/** The options of a loop over batches may be passed as they are, to count its batches. */
const COUNTING_KEYS = {
  ...BATCHING_KEYS,
  stream: true,
  augment: true,
  epoch: true,
  skip: true,
  position: true,
  normalize: true,
} as const;

/**
 * Number of batches in one pass over a data set.
 *
 * @throws RangeError if there would be none, or the data set's size, shape or targets cannot be.
 */
export function batchCount(dataset: Dataset, options: BatchingOptions): number {
  checkOptions('batchCount', options, COUNTING_KEYS);
  checkDataset('batchCount', dataset);
  const { batchSize, dropLast = false } = options;
  requireKind('batchCount', 'batchSize', batchSize, 'count');
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

/**
 * Asks a data set for a batch, from wherever it prepares batches.
 *
 * @throws RangeError naming data set and example if a number is not finite: kernels may take NaN for 0, and a loss that is
 * finite would say nothing of it. Otherwise as `prepareBatch`.
 */
export async function requestBatch(dataset: Dataset, request: BatchRequest): Promise<ExampleBatch> {
  const batch = await madeBatch(dataset, request);
  // What is read here is finite; what is made of it elsewhere, or by a function of one's own, may not be.
  if (dataset.prepare || request.augment) checkNumbers('read', dataset, batch.x, [], request.indices);
  return batch;
}

async function madeBatch(dataset: Dataset, request: BatchRequest): Promise<ExampleBatch> {
  if (!dataset.prepare) return prepareBatch(dataset, request);
  const { indices, augment, key } = request;
  // A function stays on this thread, and so does what comes with it.
  const there = augment?.own ? undefined : augment;
  const raw = await dataset.prepare({ ...request, augment: there });
  const batch = examplesOf(dataset, indices.length, raw, isMixed(there));
  return there === augment ? batch : augmented(dataset, batch, augment, key);
}

/** Makes tensors of a batch in host memory. */
export function toBatch<D extends Dataset>(dataset: D, { x, y }: ExampleBatch): Batch<D> {
  const { shape, classes, targets } = dataset;
  const size = x.length / sizeOf(shape);
  const target = y instanceof Int32Array ? [] : (targets?.shape ?? [classes!]);
  return {
    x: tf.tensor(x, [size, ...shape], 'float32'),
    y: tf.tensor(y, [size, ...target], y instanceof Int32Array ? 'int32' : 'float32'),
    size,
  } as unknown as Batch<D>;
}
