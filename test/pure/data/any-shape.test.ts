import { describe, expect, it } from 'vitest';
import {
  augmentation,
  concatenate,
  type Dataset,
  type ExampleBatch,
  fromArrays,
  fromGenerator,
  measureNormalization,
  randomCrop,
  split,
  subset,
} from '../../../src/data';
import { requestBatch } from '../../../src/data/batch';
import { prepareBatch } from '../../../src/data/prepare-batch';
import { stream } from '../../../src/random';

/** Signals [time, 2] with a target of two numbers: signal i is i everywhere, its target i and -i. */
function signals(size = 6, time = 4): Dataset & { read(indices: ArrayLike<number>): ExampleBatch } {
  return fromArrays({
    name: 'signals',
    x: Float32Array.from({ length: size * time * 2 }, (_, i) => Math.floor(i / (2 * time))),
    y: Array.from({ length: size * 2 }, (_, i) => Math.floor(i / 2) * (i % 2 ? -1 : 1)),
    shape: [time, 2],
    targets: { shape: [2], names: ['up', 'down'] },
  });
}

const all = async (dataset: Dataset) =>
  (await dataset.read(Array.from({ length: dataset.size }, (_, i) => i))) as ExampleBatch;

const request = (count: number, augment = {}) => ({
  indices: Int32Array.from({ length: count }, (_, i) => i),
  augment,
  key: stream(4).key,
});

describe('data of any shape', () => {
  it('is divided, picked from and joined with its targets', async () => {
    const [first, second] = split(signals(), { fraction: 1 / 3 });
    expect([first.size, second.size, second.targets]).toEqual([2, 4, { shape: [2], names: ['up', 'down'] }]);
    const joined = concatenate('again', [subset(second, [3]), first]);
    const { x, y } = await all(joined);
    expect(Array.from(y)).toEqual([5, -5, 0, -0, 1, -1]);
    expect(Array.from(x.filter((_, i) => i % 8 === 0))).toEqual([5, 0, 1]);
    expect(() => concatenate('mixed', [signals(), signals(6, 5)])).toThrow(
      "'signals' differs from 'signals'",
    );
  });

  it('is normalised by its last axis', async () => {
    const dataset = fromArrays({ x: [0, 10, 2, 30], y: [0, 1], shape: [1, 2], classes: 2 });
    const normalize = await measureNormalization(dataset);
    expect(normalize).toEqual({ mean: [1, 20], std: [1, 10] });
    const { x } = await prepareBatch(dataset, request(2, { normalize }));
    expect(Array.from(x)).toEqual([-1, -1, 1, 1]);
  });

  it('is cropped along its own axes, and maps of targets with it', async () => {
    const x = Float32Array.from({ length: 5 * 8 * 2 }, (_, i) => 1 + i);
    const dataset = fromArrays({ x, y: x.map((value) => -value), shape: [8, 2], targets: { shape: [8, 2] } });
    const { x: moved, y } = await prepareBatch(dataset, request(5, { crop: { padding: [3] } }));
    expect(moved).not.toEqual(x);
    expect(Array.from(y)).toEqual(Array.from(moved, (value) => (value === 0 ? 0 : -value)));
    const draws = stream(4).generator();
    for (let n = 0; n < 5; n++) {
      const offset = draws.int(7) - 3;
      for (let t = 0; t < 8; t++) {
        const from = t + offset;
        expect(moved[(n * 8 + t) * 2]).toBe(from >= 0 && from < 8 ? x[(n * 8 + from) * 2] : 0);
      }
    }
  });

  it('mirrors maps of targets with their pictures', async () => {
    const x = Float32Array.from({ length: 8 * 6 }, (_, i) => i);
    const dataset = fromArrays({ x, y: x, shape: [2, 3, 1], targets: { shape: [2, 3, 1] } });
    const batch = await prepareBatch(dataset, request(8, { flip: true }));
    expect(batch.y).toEqual(batch.x);
    expect(batch.x).not.toEqual(x);
  });

  it.each<[string, object, Dataset, string]>([
    [
      'a flip of signals',
      { flip: true },
      signals(),
      'flip is for pictures, [height, width, channels], got [4,',
    ],
    ['a cutout of signals', { cutout: { length: 2 } }, signals(), 'cutout is for pictures'],
    [
      'another padding',
      { crop: { padding: [1, 1] } },
      signals(),
      'crop.padding must be one number, or one for each axis of 4x2 but the last',
    ],
    [
      'cutmix without an axis',
      { cutmix: { alpha: 1 } },
      fromArrays({ x: [1], y: [1], shape: [1], classes: 2 }),
      'cutmix is for examples with an axis beside their channels, got [1]',
    ],
    [
      'a crop of what its targets cannot follow',
      { crop: { padding: 1 } },
      fromArrays({
        x: new Float32Array(16),
        y: new Float32Array(4),
        shape: [4, 4, 1],
        targets: { shape: [2, 2, 1] },
      }),
      "crop cannot move the targets of 'arrays' with examples of 4x4x1, got [2, 2, 1]; leave it out",
    ],
  ])('refuses %s', async (_, augment, dataset, message) => {
    const { batchCount: _count, ...data } = await import('../../../src/data');
    expect(() =>
      data.epochBatches(dataset, {
        batchSize: 1,
        stream: stream(1),
        epoch: 0,
        augment: augmentation(augment),
      }),
    ).toThrow(`epochBatches: ${message}`);
  });

  it.each([
    [{ mixup: { alpha: 0 } }, 'augmentation, mixup: alpha must be a finite number above 0, got 0'],
    [{ cutmix: 1 }, 'augmentation, cutmix: the options must be an object'],
    [{ own: true }, 'augmentation: own must be a function, got true'],
  ])('refuses the augmentation %o', (augment, message) => {
    expect(() => augmentation(augment as never)).toThrow(message);
  });

  it('is changed by a function of one’s own, with draws of the batch’s', async () => {
    const seen: (readonly number[])[] = [];
    const augment = {
      own: (
        example: Float32Array,
        { shape, generator }: Parameters<NonNullable<Parameters<typeof augmentation>[0]['own']>>[1],
      ) => {
        seen.push(shape);
        example[0]! += 1 + generator.uniform();
      },
      normalize: { mean: [1, 0], std: [1, 1] },
    };
    const dataset = signals(3);
    const { x } = await prepareBatch(dataset, request(3, augment));
    const draws = stream(4).generator();
    expect(Array.from(x.filter((_, i) => i % 8 === 0))).toEqual(
      [0, 1, 2].map((i) => Math.fround(Math.fround(i + 1 + draws.uniform()) - 1)),
    );
    expect(seen).toEqual([
      [4, 2],
      [4, 2],
      [4, 2],
    ]);
    // A thread that prepares batches is not asked for it, and the numbers are the same.
    const asked: unknown[] = [];
    const elsewhere: Dataset = {
      ...dataset,
      prepare: (there) => {
        asked.push(there.augment);
        return prepareBatch(dataset, there);
      },
    };
    expect(await requestBatch(elsewhere, request(3, augment))).toEqual({ x, y: (await all(dataset)).y });
    // What is made there is looked at, too: kernels may take NaN for 0.
    const wrong = {
      ...dataset,
      prepare: async () => ({ ...(await all(dataset)), x: x.map(() => Number.NaN) }),
    };
    await expect(requestBatch(wrong, request(3, {}))).rejects.toThrow(
      /^read: example 0 of '.*' has a value that is no finite number, got NaN; mend or leave out this example/,
    );
    expect(asked).toEqual([undefined]);
  });

  it('crops four axes', () => {
    const x = new Float32Array(81).fill(1);
    randomCrop(x, [3, 3, 3, 3], { padding: [0, 1, 2] }, stream(2).generator());
    const kept = x.filter((value) => value === 1).length;
    expect(kept % 9).toBe(0);
    expect(kept).toBeGreaterThan(0);
  });
});

describe('fromArrays', () => {
  it.each([
    [{ x: [1, 2, 3], y: [0, 0] }, "fromArrays: 'arrays' must have 2 numbers of x and 1 of y an example"],
    [{ x: [1, 2], y: [0.5] }, "fromArrays: example 0 of 'arrays' has a label that is no class, got 0.5"],
    [
      { x: [1, 2, 3, Number.NaN], y: [0, 0] },
      "fromArrays: example 1 of 'arrays' has a value that is no finite",
    ],
    [{ x: 3, y: [0] }, 'fromArrays: x must be a list of numbers, got 3'],
    [{ x: [1, 2], y: null }, 'fromArrays: y must be a list of numbers, got null'],
    [{ x: [1, 2], y: [0], classes: undefined }, "fromArrays: 'arrays' must have either classes"],
    [{ x: [1, 2], y: [0], targets: { shape: [1] } }, "fromArrays: 'arrays' must have either classes"],
    [
      { x: [1, 2], y: [1, 2], classes: undefined, targets: { shape: [2], names: ['one'] } },
      "fromArrays: the targets of 'arrays' must have a name for each of their 2 numbers",
    ],
    [{ x: [], y: [] }, "fromArrays: 'arrays' must have"],
    [
      { x: [1, 2], y: [0], shape: [] },
      "fromArrays: the shape of 'arrays' must be a list of positive integers",
    ],
  ])('refuses %o', (change, message) => {
    const options = { shape: [2], classes: 2, ...change };
    expect(() => fromArrays(options as never)).toThrow(message);
  });
});

describe('fromGenerator', () => {
  it('takes what a generator gives, once, up to the size', async () => {
    let called = 0;
    const dataset = await fromGenerator(
      async function* () {
        called += 1;
        for (let i = 0; ; i++) yield { x: [i, i + 1], y: i % 3 };
      },
      { size: 700, shape: [2], classes: 3 },
    );
    await all(dataset);
    const { x, y } = await all(dataset);
    expect([called, dataset.size]).toEqual([1, 700]);
    expect(Array.from(x.subarray(1396))).toEqual([698, 699, 699, 700]);
    expect(Array.from(y.subarray(698))).toEqual([2, 0]);
  });

  it('joins the numbers of several inputs and outputs', async () => {
    const give = () => [{ x: [[1, 2], Float32Array.of(3)], y: [[4], [5]] }];
    const dataset = await fromGenerator(give, { shape: [3], targets: { shape: [2] } });
    const { x, y } = await all(dataset);
    expect([Array.from(x), Array.from(y)]).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it.each<[string, () => Iterable<never>, string]>([
    ['nothing', () => [], "fromGenerator: 'generator' must give at least one example, got 0"],
    ['no samples', () => [3 as never], "fromGenerator: example 0 of 'generator' must be { x, y }"],
    [
      'examples of other sizes',
      () => [{ x: [1, 2], y: 0 } as never, { x: [1], y: 0 } as never],
      "fromGenerator: example 1 of 'generator' must have as many numbers as those before it",
    ],
  ])('refuses %s', async (_, generate, message) => {
    await expect(fromGenerator(generate, { shape: [2], classes: 2 })).rejects.toThrow(message);
  });

  it('refuses what is no function', async () => {
    await expect(fromGenerator([] as never, { shape: [2], classes: 2 })).rejects.toThrow(
      'fromGenerator: the generator must be a function',
    );
  });
});
