import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError, requireKind, requireObject, typeError } from '../errors';
import type { Dataset } from './dataset';
import { Collector } from './from-generator';
import { type FromTensorsOptions, joined, kindOfTargets, type OneOrMore, ofHost } from './from-tensors';

/** What a `tf.data.Dataset` is to {@link fromTfData}, which does not depend on tfjs-data. */
export interface TfDataset {
  /** Begins anew. */
  iterator(): Promise<Pick<AsyncIterator<unknown, unknown>, 'next'>>;
}

/** Options of {@link fromTfData}. */
export interface FromTfDataOptions extends FromTensorsOptions {
  /** Take at most this many examples; what is infinite, such as `repeat()`, needs it. Default: until the data set ends. */
  readonly size?: number | undefined;
  /** Whether its elements are batches, as `fitDataset` takes them. Pass false for single examples. Default true. */
  readonly batched?: boolean | undefined;
}

const KEYS = {
  name: true,
  size: true,
  batched: true,
  classes: true,
  names: true,
} satisfies OptionKeys<FromTfDataOptions>;

const REMEDY = 'give { xs, ys }, each a tensor or a list of them';

/** The tensors of an element. */
function partsOf(element: unknown): readonly [OneOrMore, OneOrMore] {
  const { xs, ys, x = xs, y = ys } = Object(element) as Record<string, unknown>;
  for (const part of [x, y])
    if (![part].flat().every((tensor) => tensor instanceof tf.Tensor))
      throw typeError('fromTfData', 'an element must be { xs, ys }', element, REMEDY);
  return [x as OneOrMore, y as OneOrMore];
}

/**
 * A data set over the elements of a `tf.data.Dataset`, `{ xs, ys }` or `{ x, y }` of one tensor each, or of
 * a list of them for a model of several inputs or outputs, as `fromTensors` takes it: gone through once, in
 * its order, copied to the host and kept in memory; its tensors are disposed of, as `fitDataset` does. A shuffle of its own
 * thus happens once. Training then draws an order of its own for every epoch, a function of the run's seed.
 *
 * Class indices are told from numbers as by `fromTensors`.
 *
 * @throws TypeError for another kind of element; RangeError if there is none, they differ in shape, or as `fromTensors`.
 */
export async function fromTfData(dataset: TfDataset, options: FromTfDataOptions = {}): Promise<Dataset> {
  const {
    name = 'tf.data',
    size,
    batched = true,
    names,
    ...given
  } = checkOptions('fromTfData', options, KEYS);
  if (size !== undefined) requireKind('fromTfData', 'size', size, 'count');
  requireObject('fromTfData', 'the data set', dataset, 'pass a tf.data.Dataset', 'iterator');
  const declared = (dataset as { size?: unknown }).size;
  if (size === undefined && declared === Number.POSITIVE_INFINITY)
    throw rangeError('fromTfData', 'a data set without end needs a size', declared, 'pass { size }');
  const collected = new Collector('fromTfData', name);
  const axis = batched ? 1 : 0;
  let shape: readonly number[] = [];
  let target: readonly number[] | undefined;
  const source = await dataset.iterator();
  while (size === undefined || collected.size < size) {
    const { value, done } = await source.next();
    if (done) break;
    const own: tf.Tensor[] = [];
    try {
      const [x, y] = partsOf(value).map((part, i) => {
        own.push(joined('fromTfData', i === 0 ? 'xs' : 'ys', part, axis));
        return own[i]!;
      }) as [tf.Tensor, tf.Tensor];
      const count = batched ? x.shape[0] : 1;
      if (x.rank <= axis || y.rank < axis || (batched && y.shape[0] !== count))
        throw rangeError(
          'fromTfData',
          batched ? 'a batch must be xs [N, ...shape] and ys [N, ...]' : 'an example must have an axis',
          [x.shape, y.shape],
          batched ? 'pass batched: false for single examples' : 'give xs at least one axis',
        );
      const [shapeOfX, kind] = [x.shape.slice(axis), kindOfTargets(y, axis, given.classes)];
      if (collected.size === 0) [shape, target] = [shapeOfX, kind];
      else if (shapeOfX.join() !== shape.join() || kind?.join() !== target?.join())
        throw rangeError(
          'fromTfData',
          `all elements of '${name}' must be of one shape`,
          [x.shape, y.shape],
          `give xs of ${shape.join('x')}`,
        );
      const taken = Math.min(count!, (size ?? Number.POSITIVE_INFINITY) - collected.size);
      const [values, answers] = await Promise.all([x.data(), y.data()]);
      collected.add(
        values.subarray(0, (taken * values.length) / count!),
        answers.subarray(0, (taken * answers.length) / count!),
        taken,
      );
    } finally {
      tf.dispose([own, value as tf.TensorContainer]);
    }
  }
  return ofHost({ ...collected.arrays(), shape }, target, { ...given, names });
}
