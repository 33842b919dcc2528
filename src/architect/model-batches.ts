import * as tf from '@tensorflow/tfjs-core';
import { typeError } from '../errors';
import { type Seed, stream } from '../random';
import { checkTensors, type ModelBatch, type ModelTensors, tensorsOf } from './compiled-loss';

/** A batch of a {@link ModelDataset}. */
export type DatasetBatch = ModelBatch | { readonly xs: ModelTensors; readonly ys: ModelTensors };

/** Batches one after the other, such as a batched `tf.data.Dataset`; their tensors are disposed after use, as `fitDataset` does. */
export interface ModelDataset {
  /** Begins anew. */
  iterator(): Promise<DatasetIterator>;
}

/** A way through a {@link ModelDataset}. */
export interface DatasetIterator {
  /** The next batch, or that there is none. */
  next(): Promise<IteratorResult<DatasetBatch, unknown>>;
}

/** An endless source of batches. */
export interface ModelBatches {
  /** The next batch, which is the caller's to give back with `dispose`. */
  next(): Promise<{ readonly batch: ModelBatch; dispose(): void }>;
}

const REMEDY = 'pass { x, y }, or a tf.data.Dataset of { xs, ys } in batches';

/**
 * Batches of tensors, in a new random order at every round, or those of a data set, from its start when it is through.
 *
 * @param name - What errors call the source.
 */
export function modelBatches(
  fn: string,
  name: string,
  source: ModelBatch | ModelDataset,
  { batchSize, seed }: { readonly batchSize: number; readonly seed: Seed },
): ModelBatches {
  if (source === null || typeof source !== 'object')
    throw typeError(fn, `${name} must be data`, source, REMEDY);
  if ('iterator' in source && typeof source.iterator === 'function') return ofDataset(fn, name, source);
  const data = source as ModelBatch;
  checkTensors(fn, `${name}.x`, data.x);
  checkTensors(fn, `${name}.y`, data.y);
  const sizes = [...tensorsOf(data.x), ...tensorsOf(data.y)].map(({ shape }) => shape[0] ?? 0);
  if (sizes.some((size) => size !== sizes[0] || size === 0))
    throw typeError(
      fn,
      `all tensors of ${name} must hold the same examples, at least one`,
      sizes,
      'check their first axes',
    );
  return ofTensors(data, sizes[0]!, batchSize, stream(seed, fn, name));
}

function ofTensors(
  data: ModelBatch,
  size: number,
  batchSize: number,
  draws: ReturnType<typeof stream>,
): ModelBatches {
  const all = Array.from({ length: size }, (_, i) => i);
  let [round, order, at] = [0, [] as number[], size];
  return {
    async next() {
      if (batchSize >= size) return { batch: data, dispose: () => {} };
      if (at + batchSize > size) {
        order = draws
          .child(round++)
          .generator()
          .shuffle([...all]);
        at = 0;
      }
      const chosen = order.slice(at, at + batchSize);
      at += batchSize;
      const batch = tf.tidy(() => {
        const indices = tf.tensor1d(chosen, 'int32');
        const pick = (tensors: ModelTensors): ModelTensors => {
          if (tensors instanceof tf.Tensor) return tf.gather(tensors, indices);
          const picked = Object.entries(tensors).map(([key, tensor]) => [
            key,
            tf.gather(tensor as tf.Tensor, indices),
          ]);
          return Array.isArray(tensors)
            ? picked.map(([, tensor]) => tensor as tf.Tensor)
            : Object.fromEntries(picked);
        };
        // Its type, but not its code, refuses what is read-only.
        return { x: pick(data.x), y: pick(data.y) } as unknown as tf.TensorContainer;
      }) as unknown as ModelBatch;
      return { batch, dispose: () => tf.dispose(batch as unknown as tf.TensorContainer) };
    },
  };
}

function ofDataset(fn: string, name: string, source: ModelDataset): ModelBatches {
  let iterator: Awaited<ReturnType<ModelDataset['iterator']>> | undefined;
  return {
    async next() {
      const fresh = iterator === undefined;
      iterator ??= await source.iterator();
      const { value } = await iterator.next();
      if (value) {
        const { xs, ys, x = xs, y = ys } = value as { [key in 'x' | 'y' | 'xs' | 'ys']?: ModelTensors };
        return { batch: { x: x!, y: y! }, dispose: () => tf.dispose(value as unknown as tf.TensorContainer) };
      }
      if (fresh) throw typeError(fn, `${name} must give at least one batch`, value, REMEDY);
      iterator = undefined;
      return this.next();
    },
  };
}
