import { rangeError } from '../errors';
import { Generator } from '../random';
import { augmentation } from './augment';
import type { BatchRequest, ImageDataset, RawBatch } from './dataset';

/** Throws unless `raw` holds whole, finite images and labels that are classes, one for each of `indices`. */
function checkRawBatch(dataset: ImageDataset, indices: ArrayLike<number>, raw: RawBatch): void {
  const { name, shape, classes } = dataset;
  const pixels = shape[0] * shape[1] * shape[2];
  const { images, labels } = raw;
  if (images.length !== indices.length * pixels || labels.length !== indices.length) {
    throw rangeError(
      'read',
      `'${name}' returned the wrong number of pixels and labels for ${indices.length} images of ${shape.join('x')}`,
      { pixels: images.length, labels: labels.length },
      `return ${indices.length * pixels} pixels and ${indices.length} labels`,
    );
  }
  const badPixel = images.findIndex((value) => !Number.isFinite(value));
  if (badPixel >= 0) {
    const index = indices[Math.floor(badPixel / pixels)];
    throw rangeError(
      'read',
      `image ${index} of '${name}' has a pixel that is no finite number`,
      images[badPixel],
      'mend or leave out this image',
    );
  }
  const badLabel = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (badLabel >= 0) {
    throw rangeError(
      'read',
      `image ${indices[badLabel]} of '${name}' has a label that is no class`,
      labels[badLabel],
      `return labels from 0 to ${classes - 1}`,
    );
  }
}

/**
 * Reads the images of a request and changes them: the whole work on a batch before it becomes tensors.
 *
 * @returns A batch in memory of its own.
 * @throws RangeError naming data set and image if a pixel is not finite or a label no class.
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
