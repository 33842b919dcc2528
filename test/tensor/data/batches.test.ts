import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  augmentation,
  type Batch,
  type BatchRequest,
  batchCount,
  cyclingBatches,
  epochBatches,
  evaluationBatches,
  type ImageDataset,
  normalizations,
  normalize,
  subset,
} from '../../../src/data';
import { prepareBatch } from '../../../src/data/prepare-batch';
import { stream } from '../../../src/random';
import { numbered } from '../../support/datasets';
import { leavesNoTensors } from '../../support/memory';

interface Read {
  readonly images: number[];
  readonly labels: number[];
}

/** Copies a batch out of its tensors and frees them. */
async function read({ x, y, size }: Batch): Promise<Read> {
  const [images, labels] = [Array.from(await x.data()), Array.from(await y.data())];
  expect([x.shape[0], y.shape[0]]).toEqual([size, size]);
  tf.dispose([x, y]);
  return { images, labels };
}

async function collect(batches: AsyncIterable<Batch>): Promise<Read[]> {
  const all: Read[] = [];
  for await (const batch of batches) all.push(await read(batch));
  return all;
}

const labelsOf = (batches: readonly Read[]) => batches.flatMap((batch) => batch.labels);
const range = (size: number) => Array.from({ length: size }, (_, i) => i);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const train = stream(10, 'train');
const augment = augmentation({ crop: { padding: 2 }, flip: true, cutout: { length: 2 } });

/** A data set of one's own: `read` may be slow, broken or careless. */
function custom(change: Partial<ImageDataset>): ImageDataset {
  return { ...numbered(6, [1, 2, 1], 'custom'), ...change };
}

leavesNoTensors();

describe('epochBatches', () => {
  it('uses every image exactly once an epoch, the last batch being smaller', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(5),
        async (size, batchSize, epoch) => {
          const batches = await collect(epochBatches(numbered(size), { batchSize, stream: train, epoch }));
          expect(sorted(labelsOf(batches))).toEqual(range(size));
          expect(batches.slice(0, -1).every((batch) => batch.labels.length === batchSize)).toBe(true);
          expect(batches).toHaveLength(Math.ceil(size / batchSize));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('hands out NHWC images with int32 labels that belong to them', async () => {
    const dataset = numbered(5, [2, 3, 4]);
    for await (const { x, y, size } of epochBatches(dataset, { batchSize: 2, stream: train, epoch: 0 })) {
      expect(x.shape).toEqual([size, 2, 3, 4]);
      expect([x.dtype, y.dtype]).toEqual(['float32', 'int32']);
      const { images, labels } = await read({ x, y, size });
      expect(Float32Array.from(images)).toEqual(dataset.read(labels).images);
    }
  });

  it('leaves out a last batch that is not full, if told to', async () => {
    const options = { batchSize: 4, stream: train, epoch: 0 };
    const full = await collect(epochBatches(numbered(11), { ...options, dropLast: true }));
    expect(full.map((batch) => batch.labels.length)).toEqual([4, 4]);
    expect(full).toEqual((await collect(epochBatches(numbered(11), options))).slice(0, 2));
  });

  it('is the same for the same seed and epoch, and another for any other', async () => {
    const run = (seed: number, epoch: number) =>
      collect(epochBatches(numbered(20, [4, 4, 1]), { batchSize: 8, stream: stream(seed), epoch, augment }));
    const [first, again, otherEpoch, otherSeed] = [
      await run(1, 0),
      await run(1, 0),
      await run(1, 1),
      await run(2, 0),
    ];
    expect(again).toEqual(first);
    expect(labelsOf(otherEpoch)).not.toEqual(labelsOf(first));
    expect(labelsOf(otherSeed)).not.toEqual(labelsOf(first));
  });

  it('keeps the order of released versions, on which the checkpoints of a run depend', async () => {
    const batches = epochBatches(numbered(10), { batchSize: 10, stream: stream(10, 'train'), epoch: 3 });
    expect(labelsOf(await collect(batches)).join(' ')).toMatchInlineSnapshot(`"1 4 8 2 0 9 3 6 7 5"`);
  });

  it('does not let the augmentation or the batch size change the order', async () => {
    const order = async (batchSize: number, change?: typeof augment) =>
      labelsOf(
        await collect(
          epochBatches(numbered(20, [4, 4, 1]), { batchSize, stream: train, epoch: 2, augment: change }),
        ),
      );
    expect(await order(8, augment)).toEqual(await order(8));
    expect(await order(3)).toEqual(await order(8));
  });

  it('goes on after a skip bit for bit as if it had not stopped', async () => {
    const dataset = numbered(23, [5, 4, 2]);
    const options = { batchSize: 4, stream: train, epoch: 1, augment };
    const whole = await collect(epochBatches(dataset, options));
    for (let skip = 0; skip <= whole.length; skip++) {
      expect(await collect(epochBatches(dataset, { ...options, skip }))).toEqual(whole.slice(skip));
    }
  });

  it('augments each batch of an epoch, and each epoch, by draws of its own', async () => {
    // Every image is the same, so batches differ by their augmentation alone.
    const image = Float32Array.from({ length: 64 }, (_, i) => (i + 1) / 64);
    const same: ImageDataset = {
      name: 'same',
      size: 32,
      shape: [8, 8, 1],
      classes: 1,
      read: ({ length }) => ({
        images: Float32Array.from({ length: length * 64 }, (_, i) => image[i % 64]!),
        labels: new Int32Array(length),
      }),
    };
    const seen: number[][] = [];
    for (const epoch of [0, 1]) {
      const batches = await collect(epochBatches(same, { batchSize: 8, stream: train, epoch, augment }));
      seen.push(...batches.map((batch) => batch.images));
    }
    expect(new Set(seen.map((images) => images.join())).size).toBe(8);
  });

  it('holds no tensor of a loop that is left early', async () => {
    for await (const batch of epochBatches(numbered(9), { batchSize: 2, stream: train, epoch: 0 })) {
      tf.dispose([batch.x, batch.y]);
      break;
    }
  });

  it('waits for a data set that reads asynchronously', async () => {
    const inner = numbered(6, [1, 2, 1], 'custom');
    const slow = custom({
      read: async (indices) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return inner.read(indices);
      },
    });
    const options = { batchSize: 4, stream: train, epoch: 0 };
    expect(await collect(epochBatches(slow, options))).toEqual(await collect(epochBatches(inner, options)));
  });

  it('never writes to the memory of a data set', async () => {
    const memory = { images: Float32Array.from([0.1, 0.2, 0.3, 0.4]), labels: Int32Array.of(0, 1) };
    const careless = custom({ size: 2, read: () => memory });
    const options = { batchSize: 2, stream: train, augment: augmentation({ cutout: { length: 9 } }) };
    const batch = await cyclingBatches(careless, options).next();
    expect(memory.images).toEqual(Float32Array.from([0.1, 0.2, 0.3, 0.4]));
    memory.images.fill(9);
    memory.labels.fill(9);
    expect(await read(batch)).toEqual({ images: [0, 0, 0, 0], labels: [0, 1] });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'names data set and image when a pixel is %s',
    async (value) => {
      const inner = numbered(6, [1, 2, 1], 'custom');
      const broken = custom({
        read: (indices) => {
          const raw = inner.read(indices);
          const row = Array.from(indices).indexOf(4);
          if (row >= 0) raw.images[row * 2 + 1] = value;
          return raw;
        },
      });
      await expect(collect(epochBatches(broken, { batchSize: 4, stream: train, epoch: 0 }))).rejects.toThrow(
        `read: example 4 of 'custom' has a value that is no finite number, got ${value}; mend or leave out this example`,
      );
      const part = subset(broken, { from: 3 });
      await expect(collect(evaluationBatches(part, { batchSize: 2 }))).rejects.toThrow(
        "example 1 of 'custom[3:6]'",
      );
    },
  );

  it('names data set and image when a label is no class', async () => {
    const broken = custom({
      read: ({ length }) => ({
        images: new Float32Array(length * 2),
        labels: new Int32Array(length).fill(6),
      }),
    });
    await expect(collect(evaluationBatches(broken, { batchSize: 4 }))).rejects.toThrow(
      "read: example 0 of 'custom' has a label that is no class, got 6; pass labels from 0 to 5",
    );
  });

  it('names a data set that returns too little', async () => {
    const broken = custom({ read: () => ({ images: new Float32Array(7), labels: new Int32Array(4) }) });
    await expect(collect(evaluationBatches(broken, { batchSize: 4 }))).rejects.toThrow(
      `read: 'custom' returned the wrong number of numbers and targets for 4 examples of 1x2x1, got {"x":7,"y":4}; return 8 numbers and 4 of targets`,
    );
  });

  it('refuses impossible options at once, not at the first batch', () => {
    const options = { batchSize: 4, stream: train, epoch: 0 };
    const start = (change: object) => () => epochBatches(numbered(6), { ...options, ...change });
    expect(start({ batchSize: 0 })).toThrow('epochBatches: batchSize must be a positive integer, got 0');
    expect(start({ epoch: -1 })).toThrow('epochBatches: epoch must be a whole number of at least 0, got -1');
    expect(start({ skip: 0.5 })).toThrow('epochBatches: skip must be a whole number of at least 0, got 0.5');
    expect(start({ skip: 3 })).toThrow(
      'epochBatches: the epoch has only 2 batches to skip, got 3; pass at most 2',
    );
    expect(start({ batchSize: 7, dropLast: true })).toThrow(
      "batchCount: 'numbered' does not fill one batch of 7, got 6; lower batchSize, or pass dropLast: false",
    );
  });
});

describe('batchCount', () => {
  it('counts the batches of an epoch', async () => {
    expect(batchCount(numbered(25), { batchSize: 8 })).toBe(4);
    expect(batchCount(numbered(25), { batchSize: 8, dropLast: true })).toBe(3);
    expect(batchCount(numbered(24), { batchSize: 8 })).toBe(3);
  });
});

describe('a data set that prepares its batches elsewhere', () => {
  const inner = numbered(10, [4, 4, 1], 'inner');

  /** Prepares batches by itself, and keeps count of those that were asked for. */
  function elsewhere(readAhead: number) {
    const asked: BatchRequest[] = [];
    const dataset: ImageDataset = {
      ...inner,
      readAhead,
      prepare: async (request) => {
        asked.push(request);
        return prepareBatch(inner, request);
      },
    };
    return { dataset, asked };
  }

  it('is asked for no more batches ahead than it says, and gives those of any other', async () => {
    const options = { batchSize: 2, stream: train, augment };
    for (const ahead of [0, 1, 3]) {
      const { dataset, asked } = elsewhere(ahead);
      const expected = await collect(epochBatches(inner, { ...options, epoch: 1 }));
      let used = 0;
      for await (const batch of epochBatches(dataset, { ...options, epoch: 1 })) {
        expect(await read(batch)).toEqual(expected[used]);
        used += 1;
        expect(asked).toHaveLength(Math.min(5, used + ahead));
      }
      expect(used).toBe(5);

      const [plain, cycling] = [cyclingBatches(inner, options), cyclingBatches(dataset, options)];
      asked.length = 0;
      for (let p = 0; p < 12; p++) {
        expect(await read(await cycling.next())).toEqual(await read(await plain.next()));
        expect(asked).toHaveLength(p + 1 + ahead);
      }
      expect(await read(await cycling.at(3))).toEqual(await read(await plain.at(3)));
    }
  });

  it('is asked through its parts, for images of its own numbers', async () => {
    const { dataset, asked } = elsewhere(1);
    const part = subset(dataset, [7, 3, 5]);
    const batches = await collect(evaluationBatches(part, { batchSize: 2 }));
    expect(labelsOf(batches)).toEqual([7, 3, 5]);
    expect(asked.map(({ indices }) => Array.from(indices))).toEqual([[7, 3], [5]]);
  });

  it('fails the loop that needs the batch that failed, and no other', async () => {
    const failing: ImageDataset = {
      ...inner,
      readAhead: 2,
      prepare: async (request) => {
        if (request.indices.includes(4)) throw new Error('the disk is gone');
        return prepareBatch(inner, request);
      },
    };
    const seen: number[] = [];
    const loop = (async () => {
      for await (const batch of evaluationBatches(failing, { batchSize: 2 }))
        seen.push(...(await read(batch)).labels);
    })();
    await expect(loop).rejects.toThrow('the disk is gone');
    expect(seen).toEqual([0, 1, 2, 3]);
    for await (const batch of evaluationBatches(failing, { batchSize: 2 })) {
      expect((await read(batch)).labels).toEqual([0, 1]);
      break;
    }
  });
});

describe('cyclingBatches', () => {
  const dataset = numbered(10, [4, 4, 1]);
  const options = { batchSize: 4, stream: stream(10, 'valid'), augment };

  it('strings the batches of epochs 0, 1, 2, ... together', async () => {
    const batches = cyclingBatches(dataset, options);
    expect(batches.batchesPerCycle).toBe(3);
    for (const epoch of [0, 1, 2]) {
      for (const expected of await collect(epochBatches(dataset, { ...options, epoch }))) {
        expect(await read(await batches.next())).toEqual(expected);
      }
    }
    expect(batches.position).toBe(9);
  });

  it('shuffles anew in each cycle and uses every image in each', async () => {
    const batches = cyclingBatches(dataset, options);
    const cycle = async () => {
      const labels: number[] = [];
      for (let i = 0; i < batches.batchesPerCycle; i++)
        labels.push(...(await read(await batches.next())).labels);
      return labels;
    };
    const [first, second] = [await cycle(), await cycle()];
    expect(sorted(first)).toEqual(range(10));
    expect(sorted(second)).toEqual(range(10));
    expect(second).not.toEqual(first);
  });

  it('goes on bit for bit from a position, given at the start or set later', async () => {
    const whole: Read[] = [];
    const batches = cyclingBatches(dataset, options);
    for (let i = 0; i < 8; i++) whole.push(await read(await batches.next()));
    for (let position = 0; position < 8; position++) {
      const resumed = cyclingBatches(dataset, { ...options, position });
      expect(await read(await resumed.next())).toEqual(whole[position]);
      expect(resumed.position).toBe(position + 1);
      batches.position = position;
      expect(await read(await batches.next())).toEqual(whole[position]);
    }
  });

  it('looks at any position without moving', async () => {
    const batches = cyclingBatches(dataset, { ...options, position: 2 });
    const [later, now] = [await read(await batches.at(7)), await read(await batches.at(2))];
    expect(batches.position).toBe(2);
    expect(await read(await batches.next())).toEqual(now);
    batches.position = 7;
    expect(await read(await batches.next())).toEqual(later);
  });

  it('keeps apart batches that are asked for together', async () => {
    const together = cyclingBatches(dataset, options);
    const both = await Promise.all([together.next(), together.next()]);
    const inTurn = cyclingBatches(dataset, options);
    for (const batch of both) expect(await read(batch)).toEqual(await read(await inTurn.next()));
  });

  it('refuses a position that is none', async () => {
    const batches = cyclingBatches(dataset, options);
    const message = 'cyclingBatches: position must be a whole number of at least 0, got -1; correct it';
    expect(() => cyclingBatches(dataset, { ...options, position: -1 })).toThrow(message);
    expect(() => {
      batches.position = -1;
    }).toThrow(message);
    await expect(batches.at(-1)).rejects.toThrow(message);
    expect(batches.position).toBe(0);
  });
});

describe('evaluationBatches', () => {
  it('goes through the images in order, unchanged', async () => {
    const dataset = numbered(7, [2, 2, 3]);
    const batches = await collect(evaluationBatches(dataset, { batchSize: 3 }));
    expect(batches.map((batch) => batch.labels)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(Float32Array.from(batches.flatMap((batch) => batch.images))).toEqual(
      dataset.read(range(7)).images,
    );
  });

  it('normalises, and does nothing else', async () => {
    const dataset = numbered(5, [2, 2, 3]);
    const options = { batchSize: 2, normalize: normalizations.cifar10 };
    const batches = await collect(evaluationBatches(dataset, options));
    const expected = dataset.read(range(5)).images;
    normalize(expected, dataset.shape, normalizations.cifar10);
    expect(Float32Array.from(batches.flatMap((batch) => batch.images))).toEqual(expected);
  });
});
