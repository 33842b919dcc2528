import { Generator, type StreamKey } from '../random';
import { type AugmentationOptions, augmentation, isMixed } from './augment';
import { readExamples } from './check';
import type { BatchRequest, Dataset, ExampleBatch } from './dataset';

/**
 * Reads the examples of a request and changes them: the whole work on a batch before it becomes tensors.
 *
 * @returns A batch in memory of its own.
 * @throws RangeError naming data set and example if a number is not finite or a label no class, TypeError if the data set
 * returns something else than arrays of them.
 */
export async function prepareBatch(
  dataset: Dataset,
  { indices, augment, key }: BatchRequest,
): Promise<ExampleBatch> {
  const { x, y } = await readExamples(dataset, indices);
  // A data set may hand out its own memory, which neither the augmentation nor a backend may write to or keep.
  return augmented(dataset, { x: x.slice(), y: y.slice() }, augment, key);
}

/** A batch, changed in its own memory. */
export async function augmented(
  dataset: Dataset,
  batch: ExampleBatch,
  augment: AugmentationOptions | undefined,
  key: StreamKey,
): Promise<ExampleBatch> {
  if (!augment) return batch;
  const generator = new Generator({ key, position: 0 });
  augmentation(augment).apply(batch.x, dataset.shape, generator, { targets: dataset.targets, y: batch.y });
  return isMixed(augment) ? (await import('./augment/mix')).mix(dataset, batch, augment, generator) : batch;
}
