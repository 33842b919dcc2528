import { type Normalization, normalize } from './augment';
import { type Batch, batchCount, readBatch } from './batch';
import type { ImageDataset } from './dataset';

/** Options of {@link evaluationBatches}. */
export interface EvaluationBatchesOptions {
  /** Images a batch. */
  readonly batchSize: number;
  /** The normalisation of the training images; default none. */
  readonly normalize?: Normalization | undefined;
}

/**
 * Every image once, in the order of the data set and not augmented; the last batch may be smaller.
 *
 * @throws RangeError if an image is not usable.
 */
export function evaluationBatches(
  dataset: ImageDataset,
  options: EvaluationBatchesOptions,
): AsyncGenerator<Batch, void, undefined> {
  const { batchSize, normalize: statistics } = options;
  const count = batchCount(dataset, { batchSize });
  return (async function* () {
    for (let position = 0; position < count; position++) {
      const from = position * batchSize;
      const length = Math.min(batchSize, dataset.size - from);
      const indices = Int32Array.from({ length }, (_, i) => from + i);
      yield await readBatch(dataset, indices, (images) => {
        if (statistics) normalize(images, dataset.shape, statistics);
      });
    }
  })();
}
