import { rangeError, typeError } from '../errors';
import type { ImageDataset, ImageShape, RawBatch } from './dataset';

/** Most pixels of an image, and most images of a data set: orders and offsets are 32-bit integers. */
const MOST = 2 ** 31 - 1;

/** Throws unless `value` is an integer of at least `least`. */
export function checkWhole(fn: string, what: string, value: number, least: number, example: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw rangeError(
      fn,
      `${what} must be a whole number of at least ${least}`,
      value,
      `pass for example ${example}`,
    );
  }
}

/** Throws unless `value` is one of `choices`. */
export function checkChoice(fn: string, what: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  const names = choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice)));
  const last = names.pop();
  throw rangeError(fn, `${what} must be ${names.join(', ')} or ${last}`, value, 'pass one of them');
}

/** Throws unless `shape` is three positive integers, of no more pixels than an array has room for. */
export function checkShape(fn: string, shape: ImageShape): void {
  const isShape =
    Array.isArray(shape) && shape.length === 3 && shape.every((side) => Number.isInteger(side) && side > 0);
  if (!isShape) {
    throw rangeError(fn, 'shape must be [height, width, channels]', shape, 'pass for example [32, 32, 3]');
  }
  if (shape[0] * shape[1] * shape[2] > MOST) {
    throw rangeError(fn, `an image may have at most ${MOST} pixels`, shape, 'pass for example [32, 32, 3]');
  }
}

/**
 * Throws unless `dataset` can be a data set: for every function that is handed one.
 *
 * @throws TypeError if it has no `read` or no name, RangeError if its size, shape or classes cannot be.
 */
export function checkDataset(fn: string, dataset: ImageDataset): void {
  if (typeof dataset?.read !== 'function' || typeof dataset.name !== 'string') {
    throw typeError(
      fn,
      'a data set must have a name and read(indices)',
      dataset,
      'pass what inMemory() returns, or a reader when it is awaited, or an object of the type ImageDataset',
    );
  }
  const { name, size, shape, classes, readAhead = 0 } = dataset;
  for (const [what, value] of Object.entries({ size, classes })) {
    if (Number.isInteger(value) && value >= 1 && value <= MOST) continue;
    throw rangeError(
      fn,
      `'${name}' must have as its ${what} a whole number from 1 to ${MOST}`,
      value,
      'correct the data set',
    );
  }
  checkShape(fn, shape);
  checkWhole(fn, `readAhead of '${name}'`, readAhead, 0, 2);
}

/** Throws unless `index` names an image of a data set. */
export function checkIndex(fn: string, name: string, size: number, index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw rangeError(fn, `there is no such image in '${name}'`, index, `pass indices from 0 to ${size - 1}`);
  }
}

/** Throws unless what a data set returned for `count` images is as many pixels and labels. */
export function checkRawSizes({ name, shape }: ImageDataset, count: number, raw: RawBatch): void {
  if (!(raw?.images instanceof Float32Array && raw.labels instanceof Int32Array)) {
    throw typeError(
      'read',
      `'${name}' must return { images: Float32Array, labels: Int32Array }`,
      raw,
      'copy the numbers into arrays of these types',
    );
  }
  const { images, labels } = raw;
  const pixels = count * shape[0] * shape[1] * shape[2];
  if (images.length !== pixels || labels.length !== count) {
    throw rangeError(
      'read',
      `'${name}' returned the wrong number of pixels and labels for ${count} images of ${shape.join('x')}`,
      { pixels: images.length, labels: labels.length },
      `return ${pixels} pixels and ${count} labels`,
    );
  }
}

/** Throws unless `raw` holds whole, finite images and labels that are classes, one for each of `indices`. */
export function checkRawBatch(dataset: ImageDataset, indices: ArrayLike<number>, raw: RawBatch): void {
  checkRawSizes(dataset, indices.length, raw);
  const { name, shape, classes } = dataset;
  const { images, labels } = raw;
  const badPixel = images.findIndex((value) => !Number.isFinite(value));
  if (badPixel >= 0) {
    const index = indices[Math.floor(badPixel / (shape[0] * shape[1] * shape[2]))];
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
