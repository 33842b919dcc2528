import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError, requireTensor } from '../errors';
import type { Dataset } from './dataset';
import { type FromArraysOptions, fromArrays } from './from-arrays';

/** Options of {@link fromTensors}. */
export interface FromTensorsOptions {
  /** Name for error messages and reports; it is part of what a resumed run compares. Default `tensors`. */
  readonly name?: string | undefined;
  /**
   * Number of classes: `y` then holds class indices [N], of any type. Default: where `y` is int32 and [N], as many as its
   * largest index asks for; else the targets are numbers.
   */
  readonly classes?: number | undefined;
  /** What the numbers of the targets' last axis are, for reports. Default none. */
  readonly names?: readonly string[] | undefined;
}

const KEYS = { name: 'text', classes: 'count', names: 'list' } satisfies OptionKeys<FromTensorsOptions>;

/** A tensor, or of a model of several inputs or outputs one for each, in the model's order. */
export type OneOrMore = tf.Tensor | readonly tf.Tensor[];

/**
 * Tensors [N, ...] as one: of several [N, values of all], one after the other.
 *
 * @param axis - 0 for tensors of a single example, without N.
 */
export function joined(fn: string, what: string, tensors: OneOrMore, axis = 1): tf.Tensor {
  const list = Array.isArray(tensors) ? (tensors as readonly tf.Tensor[]) : [tensors as tf.Tensor];
  if (list.length === 0) throw rangeError(fn, `${what} must hold a tensor`, tensors, 'pass one or more');
  for (const [i, tensor] of list.entries())
    requireTensor(fn, list === tensors ? `${what}[${i}]` : what, tensor);
  const [first] = list;
  if (list.length === 1) return tf.clone(first!);
  const size = first!.shape[0] ?? 0;
  if (axis === 1 && list.some(({ shape }) => shape[0] !== size || size === 0))
    throw rangeError(
      fn,
      `the tensors of ${what} must hold the same examples`,
      list.map(({ shape }) => shape),
      'check their first axes',
    );
  return tf.tidy(() =>
    tf.concat(
      list.map((tensor) => tf.reshape(tf.cast(tensor, 'float32'), axis === 1 ? [size, -1] : [-1])),
      axis,
    ),
  );
}

/**
 * A data set over tensors. Their values are copied to the host once; the tensors stay the caller's.
 *
 * Of a model of several inputs, or outputs, x, or y, is a list of tensors in the model's order: an example, or target, then
 * is the values of all, one after the other, and that is how `search({ model })` and `trainNetwork()` take them.
 *
 * @param x - Examples [N, ...shape].
 * @param y - Class indices [N], int32, or numbers [N, ...]; float32 of [N] count as [N, 1]. One-hot classes are numbers:
 *   the task `classification` takes them as they are.
 * @throws TypeError if one is no living tensor; RangeError if they are not of as many examples, or as `fromArrays`.
 */
export async function fromTensors(
  x: OneOrMore,
  y: OneOrMore,
  options: FromTensorsOptions = {},
): Promise<Dataset> {
  checkOptions('fromTensors', options, KEYS);
  const one = joined('fromTensors', 'x', x);
  try {
    const other = joined('fromTensors', 'y', y);
    return await ofTensors(one, other, options).finally(() => other.dispose());
  } finally {
    one.dispose();
  }
}

async function ofTensors(
  x: tf.Tensor,
  y: tf.Tensor,
  { name = 'tensors', names, ...given }: FromTensorsOptions,
): Promise<Dataset> {
  if (x.rank < 2 || y.rank < 1 || x.shape[0] !== y.shape[0])
    throw rangeError(
      'fromTensors',
      'x must be [N, ...shape] and y [N, ...]',
      [x.shape, y.shape],
      'pass a target for each example',
    );
  const [values, answers] = await Promise.all([x.data(), y.data()]);
  const arrays = { name, x: Float32Array.from(values), y: answers, shape: x.shape.slice(1) };
  return ofHost(arrays, kindOfTargets(y, 1, given.classes), { ...given, names });
}

/** Shape of one target; undefined where it is the index of a class. */
export function kindOfTargets(y: tf.Tensor, axis: number, classes?: number): readonly number[] | undefined {
  if (y.rank > axis) return classes === undefined ? y.shape.slice(axis) : undefined;
  return classes !== undefined || y.dtype === 'int32' ? undefined : [1];
}

/** A data set over what tensors held. */
export function ofHost(
  arrays: Pick<FromArraysOptions, 'name' | 'x' | 'y' | 'shape'>,
  target: readonly number[] | undefined,
  { classes, names }: FromTensorsOptions,
): Dataset {
  if (target) return fromArrays({ ...arrays, targets: { shape: target, names } });
  let most = 0;
  for (let i = 0; i < arrays.y.length; i++) most = Math.max(most, arrays.y[i]!);
  return fromArrays({ ...arrays, classes: classes ?? most + 1 });
}
