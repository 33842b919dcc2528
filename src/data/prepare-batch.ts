import { Generator } from '../random';
import { augmentation } from './augment';
import { checkRawBatch } from './check';
import type { BatchRequest, ImageDataset, RawBatch } from './dataset';

/**
 * Reads the images of a request and changes them: the whole work on a batch before it becomes tensors.
 *
 * @returns A batch in memory of its own.
 * @throws RangeError naming data set and image if a pixel is not finite or a label no class, TypeError if the data set
 * returns something else than arrays of them.
 */
export async function prepareBatch(
  dataset: ImageDataset,
  { indices, augment, key }: BatchRequest,
): Promise<RawBatch> {
  const raw = await dataset.read(indices);
  checkRawBatch(dataset, indices, raw);
  // A data set may hand out its own memory, which neither the augmentation nor a backend may write to or keep.
  const images = raw.images.slice();
  if (augment) augmentation(augment).apply(images, dataset.shape, new Generator({ key, position: 0 }));
  return { images, labels: raw.labels.slice() };
}
