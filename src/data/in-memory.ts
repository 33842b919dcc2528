import { checkOptions, type OptionKeys, rangeError, requireKind, typeError } from '../errors';
import { checkDataset, checkImageShape, checkIndex } from './check';
import type { ImageShape, InMemoryDataset } from './dataset';

/** What {@link inMemory} is made from. */
export interface InMemoryOptions {
  /** Name for error messages and reports. */
  readonly name: string;
  /** All pixels, NHWC. They are kept, not copied: do not change them afterwards. */
  readonly images: Uint8Array | Float32Array;
  /** One class index an image. */
  readonly labels: ArrayLike<number>;
  /** Shape of every image. */
  readonly shape: ImageShape;
  /** Number of classes. */
  readonly classes: number;
  /** Factor that takes a stored pixel to [0, 1]; default 1/255 for bytes and 1 for floats. */
  readonly scale?: number | undefined;
}

const KEYS = {
  name: 'text',
  images: true,
  labels: true,
  shape: true,
  classes: true,
  scale: 'positive',
} satisfies OptionKeys<InMemoryOptions>;

/** What rounding in float32 may add to a pixel of exactly 1. */
const SLACK = 1e-6;

/**
 * A data set over arrays that are already in memory; bytes stay bytes until they are read.
 *
 * @throws RangeError if the numbers of pixels and labels disagree, a label is outside [0, classes), or a scaled pixel is
 * NaN or outside [0, 1] (normalisation belongs in `augmentation()`, after the padding); TypeError if images or labels
 * are no lists of numbers.
 */
export function inMemory(options: InMemoryOptions): InMemoryDataset {
  checkOptions('inMemory', options, KEYS);
  const { name, images, shape, classes } = options;
  const { scale = images instanceof Uint8Array ? 1 / 255 : 1 } = options;
  checkImageShape('inMemory', shape);
  requireKind('inMemory', 'classes', classes, 'count');
  const [height, width, channels] = shape;
  const pixels = height * width * channels;
  if (!(images instanceof Uint8Array || images instanceof Float32Array)) {
    throw typeError(
      'inMemory',
      'images must be a Uint8Array or a Float32Array',
      images,
      'pass the numbers of a tensor as await tensor.data(), of a list as Float32Array.from(list)',
    );
  }
  const given = options.labels;
  if (typeof given !== 'object' || !Number.isInteger(given?.length)) {
    throw typeError('inMemory', 'labels must be a list of numbers', given, 'pass one class an image');
  }
  const size = given.length;
  if (images.length !== size * pixels) {
    throw rangeError(
      'inMemory',
      `the number of pixels of '${name}' does not fit its ${size} labels and shape ${shape.join('x')}`,
      images.length,
      `pass ${size} * ${pixels} = ${size * pixels} pixels`,
    );
  }
  for (let i = 0; i < size; i++) {
    const label = given[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw rangeError(
        'inMemory',
        `label ${i} of '${name}' is no class`,
        label,
        `pass labels from 0 to ${classes - 1}`,
      );
    }
  }
  const labels = Int32Array.from(given);
  const bytesFit = images instanceof Uint8Array && 255 * scale <= 1 + SLACK;
  for (let i = 0; !bytesFit && i < images.length; i++) {
    const value = images[i]! * scale;
    if (!(value >= 0 && value <= 1 + SLACK)) {
      throw rangeError(
        'inMemory',
        `image ${Math.floor(i / pixels)} of '${name}' has a pixel outside [0, 1] after scaling by ${scale}`,
        value,
        `pass the scale that takes pixels to [0, 1], and leave normalisation to augmentation({ normalize })`,
      );
    }
  }
  const dataset: InMemoryDataset = {
    name,
    size,
    shape,
    classes,
    read(indices) {
      const batch = new Float32Array(indices.length * pixels);
      const classOf = new Int32Array(indices.length);
      for (let row = 0; row < indices.length; row++) {
        const index = indices[row]!;
        checkIndex('read', name, size, index);
        classOf[row] = labels[index]!;
        const from = index * pixels;
        const to = row * pixels;
        for (let i = 0; i < pixels; i++) batch[to + i] = images[from + i]! * scale;
      }
      return { images: batch, labels: classOf };
    },
  };
  checkDataset('inMemory', dataset);
  return dataset;
}
