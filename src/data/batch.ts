import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import { checkWhole } from './check';
import type { ImageDataset, RawBatch } from './dataset';

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
 * Reads the images at `indices`, changes the pixels with `prepare`, and makes tensors of them.
 *
 * @throws RangeError naming data set and image if a pixel is not finite or a label no class.
 */
export async function readBatch(
  dataset: ImageDataset,
  indices: ArrayLike<number>,
  prepare?: (images: Float32Array) => void,
): Promise<Batch> {
  const raw = await dataset.read(indices);
  checkRawBatch(dataset, indices, raw);
  // A data set may hand out its own memory, which neither the augmentation nor a backend may write to or keep.
  const images = raw.images.slice();
  prepare?.(images);
  const [height, width, channels] = dataset.shape;
  return {
    x: tf.tensor4d(images, [indices.length, height, width, channels], 'float32'),
    y: tf.tensor1d(raw.labels.slice(), 'int32'),
    size: indices.length,
  };
}
