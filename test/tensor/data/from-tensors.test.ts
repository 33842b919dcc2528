import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Dataset, type ExampleBatch, epochBatches, fromTensors, fromTfData } from '../../../src/data';
import { stream } from '../../../src/random';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

const all = async (dataset: Dataset) => {
  const { x, y } = (await dataset.read(Array.from({ length: dataset.size }, (_, i) => i))) as ExampleBatch;
  return { x: Array.from(x), y: Array.from(y) };
};

/** What a tf.data.Dataset is: elements from the start at every call. */
const elements = (...made: (() => unknown)[]) => ({
  async iterator() {
    let at = 0;
    return {
      next: async () =>
        at < made.length ? { value: made[at++]!(), done: false } : { value: null, done: true },
    } as { next(): Promise<IteratorResult<unknown, unknown>> };
  },
});

describe('fromTensors', () => {
  it.each<[string, () => tf.Tensor, object, object, number[]]>([
    ['int32 [N]', () => tf.tensor1d([0, 4], 'int32'), {}, { classes: 5 }, [0, 4]],
    ['float32 [N] of classes', () => tf.tensor1d([0, 1]), { classes: 2 }, { classes: 2 }, [0, 1]],
    ['float32 [N]', () => tf.tensor1d([0.5, 1]), {}, { targets: { shape: [1] } }, [0.5, 1]],
    ['one-hot', () => tf.tensor2d([1, 0, 0, 1], [2, 2]), {}, { targets: { shape: [2] } }, [1, 0, 0, 1]],
    [
      'maps',
      () => tf.ones([2, 2, 1]),
      { names: ['on'] },
      { targets: { shape: [2, 1], names: ['on'] } },
      [1, 1, 1, 1],
    ],
  ])('takes y as %s', async (_, make, options, expected, values) => {
    const [x, y] = [tf.tensor3d([1, 2, 3, 4], [2, 2, 1]), make()];
    const dataset = await fromTensors(x, y, options);
    expect(dataset).toMatchObject({ size: 2, shape: [2, 1], ...expected });
    tf.dispose([x, y]);
    expect(await all(dataset)).toEqual({ x: [1, 2, 3, 4], y: values });
    for await (const batch of epochBatches(dataset, { batchSize: 2, stream: stream(1), epoch: 0 })) {
      expect(batch.x.shape).toEqual([2, 2, 1]);
      expect(batch.y.dtype).toBe('classes' in expected ? 'int32' : 'float32');
      expect(batch.y.shape.slice(1)).toEqual(dataset.targets?.shape ?? []);
      tf.dispose([batch.x, batch.y]);
    }
  });

  it('refuses what does not fit', async () => {
    const [x, y, gone] = [tf.zeros([2, 3]), tf.zeros([3]), tf.zeros([2])];
    gone.dispose();
    await expect(fromTensors(x, y)).rejects.toThrow(
      'fromTensors: x must be [N, ...shape] and y [N, ...], got [[2, 3], [3]]; pass a target for each example',
    );
    await expect(fromTensors(x, gone)).rejects.toThrow('fromTensors: y must not be disposed');
    await expect(fromTensors([1] as never, y)).rejects.toThrow('fromTensors: x[0] must be a tensor');
    await expect(fromTensors(x, y, { labels: 3 } as never)).rejects.toThrow("no such option, got 'labels'");
    tf.dispose([x, y]);
  });
});

describe('batches of mixed examples', () => {
  it('have the share of every class', async () => {
    const [x, y] = [tf.zeros([4, 3]), tf.tensor1d([0, 1, 2, 2], 'int32')];
    const dataset = await fromTensors(x, y);
    tf.dispose([x, y]);
    const { augmentation } = await import('../../../src/data');
    const augment = augmentation({ mixup: { alpha: 1 } });
    for await (const batch of epochBatches(dataset, { batchSize: 3, stream: stream(1), epoch: 0, augment })) {
      expect(batch.y.shape).toEqual([batch.size, 3]);
      const sums = tf.tidy(() => Array.from(tf.sum(batch.y, 1).dataSync()));
      for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
      tf.dispose([batch.x, batch.y]);
    }
  });
});

describe('fromTfData', () => {
  it('takes batches, the last one smaller, in their order', async () => {
    const dataset = await fromTfData(
      elements(
        () => ({ xs: tf.tensor2d([1, 2, 3, 4], [2, 2]), ys: tf.tensor2d([1, 2], [2, 1]) }),
        () => ({ xs: tf.tensor2d([5, 6], [1, 2]), ys: tf.tensor2d([3], [1, 1]) }),
      ),
      { name: 'mine' },
    );
    expect(dataset).toMatchObject({ name: 'mine', size: 3, shape: [2], targets: { shape: [1] } });
    expect(await all(dataset)).toEqual({ x: [1, 2, 3, 4, 5, 6], y: [1, 2, 3] });
  });

  it('takes lists of tensors, of models of several inputs and outputs', async () => {
    const batch = () => ({
      xs: [tf.tensor2d([1, 4], [2, 1]), tf.ones([2, 1, 2])],
      ys: [tf.ones([2, 1]), tf.zeros([2])],
    });
    const batches = await fromTfData(elements(batch));
    expect(batches).toMatchObject({ size: 2, shape: [3], targets: { shape: [2] } });
    expect(await all(batches)).toEqual({ x: [1, 1, 1, 4, 1, 1], y: [1, 0, 1, 0] });
    const one = () => ({ xs: [tf.tensor1d([1]), tf.ones([1, 2])], ys: tf.tensor1d([7]) });
    expect(await all(await fromTfData(elements(one), { batched: false }))).toEqual({ x: [1, 1, 1], y: [7] });
    const unlike = () => ({ xs: [tf.zeros([2, 1]), tf.zeros([3, 1])], ys: tf.zeros([2, 1]) });
    await expect(fromTfData(elements(unlike))).rejects.toThrow(
      'fromTfData: the tensors of xs must hold the same examples',
    );
  });

  it('takes single examples, and no more than the size', async () => {
    const endless = {
      size: Number.POSITIVE_INFINITY,
      async iterator() {
        let i = 0;
        return {
          next: async () =>
            ({ value: { x: tf.fill([2], i), y: tf.scalar(i++, 'int32') }, done: false }) as const,
        };
      },
    };
    const dataset = await fromTfData(endless, { size: 3, batched: false });
    expect(dataset).toMatchObject({ size: 3, shape: [2], classes: 3 });
    await expect(fromTfData(endless)).rejects.toThrow('fromTfData: a data set without end needs a size');
    const cut = await fromTfData(
      elements(() => ({ xs: tf.ones([4, 2]), ys: tf.tensor1d([0, 1, 1, 0], 'int32') })),
      { size: 3 },
    );
    expect(await all(cut)).toEqual({ x: [1, 1, 1, 1, 1, 1], y: [0, 1, 1] });
  });

  it.each<[string, unknown, string]>([
    ['nothing', elements(), "fromTfData: 'tf.data' must give at least one example"],
    ['other elements', elements(() => tf.zeros([2, 2])), 'fromTfData: an element must be { xs, ys }'],
    ['an array', [], 'fromTfData: the data set must be an object with iterator'],
    [
      'two shapes',
      elements(
        () => ({ xs: tf.zeros([2, 2]), ys: tf.zeros([2, 1]) }),
        () => ({ xs: tf.zeros([2, 3]), ys: tf.zeros([2, 1]) }),
      ),
      "fromTfData: all elements of 'tf.data' must be of one shape",
    ],
    [
      'single examples as batches',
      elements(() => ({ xs: tf.zeros([2]), ys: tf.scalar(1) })),
      'fromTfData: a batch must be xs [N, ...shape] and ys [N, ...]',
    ],
  ])('refuses %s', async (_, dataset, message) => {
    await expect(fromTfData(dataset as never)).rejects.toThrow(message);
  });
});
