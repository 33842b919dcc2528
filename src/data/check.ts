import { checkOptions, rangeError, requireKind, typeError } from '../errors';
import type { Dataset, ExampleBatch, ImageBatch, ImageShape, RawBatch, ValueTargets } from './dataset';
import { sizeOf } from './shape';

/** Most numbers of an example, and most examples of a data set: orders and offsets are 32-bit integers. */
const MOST = 2 ** 31 - 1;

const areSides = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && shape.every((side) => Number.isInteger(side) && side > 0);

/** Throws unless `shape` is three positive integers, of no more pixels than an array has room for. */
export function checkImageShape(fn: string, shape: ImageShape): void {
  if (!areSides(shape) || shape.length !== 3) {
    throw rangeError(fn, 'shape must be [height, width, channels]', shape, 'pass for example [32, 32, 3]');
  }
  checkShape(fn, 'shape', shape);
}

/** Throws unless `shape` is positive integers, of no larger a product than an array has room for. */
export function checkShape(fn: string, what: string, shape: readonly number[]): void {
  if (!areSides(shape) || shape.length === 0) {
    throw rangeError(
      fn,
      `${what} must be a list of positive integers`,
      shape,
      'pass for example [32, 32, 3]',
    );
  }
  if (sizeOf(shape) > MOST) {
    throw rangeError(fn, `${what} may have at most ${MOST} numbers`, shape, 'pass for example [32, 32, 3]');
  }
}

/**
 * Throws unless `dataset` can be a data set: for every function that is handed one.
 *
 * @param what - What it is to the function.
 * @throws TypeError if it has no `read` or no name, RangeError if its size, shape or targets cannot be.
 */
export function checkDataset(fn: string, dataset: Dataset, what = 'the argument'): void {
  if (typeof dataset?.read !== 'function' || typeof dataset.name !== 'string') {
    throw typeError(
      fn,
      `${what} must be a data set, with a name and read(indices)`,
      dataset,
      'pass what inMemory() or fromArrays() returns, or a reader when it is awaited, or an object of the type Dataset',
    );
  }
  const { name, size, shape, classes, targets, readAhead = 0 } = dataset;
  const isCount = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST;
  if (!isCount(size))
    throw rangeError(
      fn,
      `${what} must hold examples, from 1 to ${MOST}`,
      size,
      `correct the size of '${name}'`,
    );
  if (targets === undefined ? !isCount(classes) : classes !== undefined)
    throw rangeError(
      fn,
      `'${name}' must have either classes, a whole number from 1 on, or targets`,
      { classes, targets },
      'correct the data set',
    );
  checkShape(fn, `the shape of '${name}'`, shape);
  if (targets !== undefined) checkTargets(fn, name, targets);
  requireKind(fn, `readAhead of '${name}'`, readAhead, 'whole');
}

function checkTargets(fn: string, name: string, targets: ValueTargets): void {
  checkOptions(`${fn}, targets of '${name}'`, targets, { shape: true, names: true });
  const { shape, names } = targets;
  checkShape(fn, `the shape of the targets of '${name}'`, shape);
  const last = shape.at(-1);
  if (names !== undefined && !(Array.isArray(names) && names.length === last))
    throw rangeError(
      fn,
      `the targets of '${name}' must have a name for each of their ${last} numbers`,
      names,
      'leave the names out, or name them all',
    );
}

/** Throws unless `index` names an example of a data set. */
export function checkIndex(fn: string, name: string, size: number, index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw rangeError(
      fn,
      `there is no such example in '${name}'`,
      index,
      `pass indices from 0 to ${size - 1}`,
    );
  }
}

/**
 * What a data set returned, by the names of examples.
 *
 * @param mixed - Whether classes come as shares of each.
 * @throws TypeError unless it is numbers and targets of the right kind, RangeError unless they are as many as `count` examples
 * have.
 */
export function examplesOf(dataset: Dataset, count: number, raw: RawBatch, mixed = false): ExampleBatch {
  const { name, shape, classes, targets } = dataset;
  const { x, y } = (
    raw && 'images' in Object(raw)
      ? { x: (raw as ImageBatch).images, y: (raw as ImageBatch).labels }
      : (raw ?? {})
  ) as ExampleBatch;
  const whole = classes !== undefined && !mixed;
  if (!(x instanceof Float32Array && y instanceof (whole ? Int32Array : Float32Array))) {
    throw typeError(
      'read',
      `'${name}' must return { x: Float32Array, y: ${whole ? 'Int32Array } or { images: Float32Array, labels: Int32Array' : 'Float32Array'} }`,
      raw,
      'copy the numbers into arrays of these types',
    );
  }
  const numbers = count * sizeOf(shape);
  const answers = count * (targets ? sizeOf(targets.shape) : mixed ? classes! : 1);
  if (x.length !== numbers || y.length !== answers) {
    throw rangeError(
      'read',
      `'${name}' returned the wrong number of numbers and targets for ${count} examples of ${shape.join('x')}`,
      { x: x.length, y: y.length },
      `return ${numbers} numbers and ${answers} of targets`,
    );
  }
  return { x, y };
}

/**
 * Throws unless numbers are finite and labels classes.
 *
 * @param indices - Which examples of the data set they are; default from the first on.
 */
export function checkNumbers(
  fn: string,
  { name, size, classes }: Dataset,
  x: Float32Array,
  y: ArrayLike<number>,
  indices?: ArrayLike<number>,
): void {
  const refuse = (at: number, values: ArrayLike<number>, count: number, fault: string, remedy: string) => {
    if (at < 0) return;
    const row = Math.floor((at * count) / values.length);
    throw rangeError(fn, `example ${indices?.[row] ?? row} of '${name}' has ${fault}`, values[at], remedy);
  };
  const strange = (value: number) => !Number.isFinite(value);
  const isNoClass = (value: number) => !(Number.isInteger(value) && value >= 0 && value < classes!);
  const first = (wrong: (value: number) => boolean) => Array.prototype.findIndex.call(y, wrong);
  const count = indices?.length ?? size;
  const mend = 'mend or leave out this example';
  refuse(x.findIndex(strange), x, count, 'a value that is no finite number', mend);
  if (classes === undefined) refuse(first(strange), y, count, 'a target that is no finite number', mend);
  else refuse(first(isNoClass), y, count, 'a label that is no class', `pass labels from 0 to ${classes - 1}`);
}

/**
 * Reads examples: whole, finite, and with targets that can be.
 *
 * @throws RangeError naming data set and example if a number is not finite or a label no class; as {@link examplesOf}.
 */
export async function readExamples(dataset: Dataset, indices: ArrayLike<number>): Promise<ExampleBatch> {
  const { x, y } = examplesOf(dataset, indices.length, await dataset.read(indices));
  checkNumbers('read', dataset, x, y, indices);
  return { x, y };
}
