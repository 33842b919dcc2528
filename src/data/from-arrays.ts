import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import { checkDataset, checkIndex, checkNumbers } from './check';
import type { Dataset, ExampleBatch, ValueTargets } from './dataset';
import { sizeOf } from './shape';

/** What {@link fromArrays} is made from. */
export interface FromArraysOptions {
  /** Name for error messages and reports; it is part of what a resumed run compares. Default `arrays`. */
  readonly name?: string | undefined;
  /** The examples one after the other, each with its last axis varying fastest. A Float32Array is kept, not copied. */
  readonly x: ArrayLike<number>;
  /** The targets, likewise: a class index each, or the numbers of `targets.shape`. */
  readonly y: ArrayLike<number>;
  /** Shape of every example, such as [time, channels]. */
  readonly shape: readonly number[];
  /** Number of classes, where a target is the index of one. */
  readonly classes?: number | undefined;
  /** What a target is, where it is numbers: its shape, and the names of what the last axis holds. */
  readonly targets?: ValueTargets | undefined;
}

const KEYS = {
  name: true,
  x: true,
  y: true,
  shape: true,
  classes: true,
  targets: true,
} satisfies OptionKeys<FromArraysOptions>;

/** A data set over arrays, and what it holds checked once. */
export interface ArrayDataset extends Dataset {
  read(indices: ArrayLike<number>): ExampleBatch;
}

/**
 * A data set over arrays in memory: examples of any shape, with class indices or numbers for targets. Pictures of bytes,
 * which stay bytes, are better off with `inMemory`.
 *
 * ```ts
 * const signals = fromArrays({ x, y, shape: [128, 2], targets: { shape: [1], names: ['pulse'] } });
 * ```
 *
 * @throws RangeError if the numbers of x and y disagree with the shapes, a number is not finite, or a label no class;
 * TypeError if x or y is no list of numbers, or neither classes nor targets are given.
 */
export function fromArrays(options: FromArraysOptions): ArrayDataset {
  const { name = 'arrays', shape, classes, targets } = checkOptions('fromArrays', options, KEYS);
  const lists = { x: options.x, y: options.y };
  for (const [what, list] of Object.entries(lists))
    if (typeof list !== 'object' || !Number.isInteger(list?.length))
      throw typeError(
        'fromArrays',
        `${what} must be a list of numbers`,
        list,
        'pass a typed array, or fromTensors(x, y) of tensors',
      );
  const x = options.x instanceof Float32Array ? options.x : Float32Array.from(options.x);
  // Not rounded, so that 0.5 is seen to be no class.
  const y = classes === undefined ? Float32Array.from(options.y) : options.y;
  const dataset: ArrayDataset = {
    name,
    size: 1,
    shape,
    classes,
    targets,
    read(indices) {
      const { size } = dataset;
      const answers = classes === undefined ? Float32Array : Int32Array;
      const batch = {
        x: new Float32Array(indices.length * pixels),
        y: new answers(indices.length * numbers),
      };
      for (let row = 0; row < indices.length; row++) {
        const index = indices[row]!;
        checkIndex('read', name, size, index);
        batch.x.set(x.subarray(index * pixels, (index + 1) * pixels), row * pixels);
        for (let i = 0; i < numbers; i++) batch.y[row * numbers + i] = y[index * numbers + i]!;
      }
      return batch;
    },
  };
  checkDataset('fromArrays', dataset);
  const pixels = sizeOf(shape);
  const numbers = targets ? sizeOf(targets.shape) : 1;
  const size = y.length / numbers;
  if (!Number.isInteger(size) || size < 1 || x.length !== size * pixels)
    throw rangeError(
      'fromArrays',
      `'${name}' must have ${pixels} numbers of x and ${numbers} of y an example`,
      { x: x.length, y: y.length },
      'check the shapes',
    );
  const whole = Object.assign(dataset, { size });
  checkNumbers('fromArrays', whole, x, y);
  return whole;
}
