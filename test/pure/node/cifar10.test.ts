import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureNormalization, normalizations } from '../../../src/data';
import { readCifar10 } from '../../../src/node';

const RECORD = 3073;

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'noisydarts-cifar-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A file of black images with these labels, as long as `records` records. */
async function put(name: string, labels: readonly number[], records = labels.length): Promise<string> {
  const path = join(directory, name);
  const bytes = new Uint8Array(labels.length * RECORD);
  for (const [n, label] of labels.entries()) bytes[n * RECORD] = label;
  await writeFile(path, bytes);
  await truncate(path, records * RECORD);
  return path;
}

async function labels(dataset: Awaited<ReturnType<typeof readCifar10>>, count: number): Promise<number[]> {
  return Array.from((await dataset.read(Array.from({ length: count }, (_, i) => i))).labels);
}

describe('readCifar10', () => {
  it('joins the training batches that are there, in order', async () => {
    await put('data_batch_10.bin', [9]);
    await put('data_batch_2.bin', [3], 10_000);
    await put('data_batch_small.bin', [6, 7]);
    await put('data_batch_1.bin', [1, 2], 10_000);
    const dataset = await readCifar10(directory);
    expect(dataset).toMatchObject({ name: 'cifar10/train', size: 20_003, shape: [32, 32, 3], classes: 10 });
    const { labels: found } = await dataset.read([0, 1, 2, 10_000, 10_001, 20_000, 20_001, 20_002]);
    expect(Array.from(found)).toEqual([1, 2, 0, 3, 0, 9, 6, 7]);
  });

  it('reads the test batch, or else the part of it that is there', async () => {
    await put('test_part.bin', [4, 5, 6]);
    await put('data_batch_small.bin', [1]);
    const part = await readCifar10(directory, { split: 'test' });
    expect(part).toMatchObject({ name: 'cifar10/test', size: 3 });
    expect(await labels(part, 3)).toEqual([4, 5, 6]);
    await put('test_batch.bin', [7], 10_000);
    const whole = await readCifar10(directory, { split: 'test' });
    expect(whole.size).toBe(10_000);
    expect(await labels(whole, 2)).toEqual([7, 0]);
  });

  it('reads no more images than the limit, across files', async () => {
    await put('data_batch_a.bin', [1, 2, 3]);
    await put('data_batch_b.bin', [4, 5, 6]);
    expect(await labels(await readCifar10(directory, { limit: 2 }), 2)).toEqual([1, 2]);
    expect(await labels(await readCifar10(directory, { limit: 4 }), 4)).toEqual([1, 2, 3, 4]);
    expect((await readCifar10(directory, { limit: 3 })).size).toBe(3);
    expect((await readCifar10(directory, { limit: 100 })).size).toBe(6);
    await expect(readCifar10(directory, { limit: 0 })).rejects.toThrow(
      'readCifar10: limit must be a whole number of at least 1, got 0; pass for example 2000',
    );
  });

  it('finds the folder of the official archive', async () => {
    await mkdir(join(directory, 'cifar-10-batches-bin'));
    await put('cifar-10-batches-bin/data_batch_x.bin', [8]);
    expect(await labels(await readCifar10(directory), 1)).toEqual([8]);
  });

  it('names a cut official file, even when it was cut between records', async () => {
    const path = await put('data_batch_1.bin', [1, 2], 1000);
    await expect(readCifar10(directory)).rejects.toThrow(
      `readCifar10: '${path}' breaks off at byte 3073000, in record 1000: wrong file size, got 3073000; ` +
        'expected exactly 30730000 bytes, 10000 records of 3073; fetch it again',
    );
    await truncate(path, 100_000);
    await expect(readCifar10(directory, { limit: 5 })).rejects.toThrow(
      `readCifar10: '${path}' breaks off at byte 100000, in record 32: wrong file size, got 100000; expected exactly`,
    );
    await truncate(path, 0);
    await expect(readCifar10(directory)).rejects.toThrow(`'${path}' breaks off at byte 0, in record 0`);
  });

  it('names an official file with something after it', async () => {
    const path = await put('test_batch.bin', [1], 10_001);
    await expect(readCifar10(directory, { split: 'test' })).rejects.toThrow(
      `readCifar10: '${path}' has bytes left over from byte 30730000 on: wrong file size, got 30733073`,
    );
  });

  it('names a part that is cut, also when the limit ends before the cut', async () => {
    const path = await put('test_part.bin', [1, 2, 3]);
    await truncate(path, 9000);
    await expect(readCifar10(directory, { split: 'test', limit: 1 })).rejects.toThrow(
      `readCifar10: '${path}' breaks off at byte 9000, in record 2: wrong file size, got 9000; ` +
        'expected a multiple of 3073 bytes, one record each; fetch it again',
    );
  });

  it('names a foreign file of the right size', async () => {
    const path = await put('data_batch_x.bin', [1, 77]);
    await expect(readCifar10(directory)).rejects.toThrow(
      `decodeRecords: '${path}' has a wrong label in record 1 at byte 3073, got 77; ` +
        'expected 0 to 9: the file is damaged or not CIFAR-10 binary',
    );
  });

  it('says what is there when no batch is', async () => {
    await writeFile(join(directory, 'data_batch_1'), 'the Python version');
    await expect(readCifar10(directory)).rejects.toThrow(
      `readCifar10: '${directory}' holds no train images of CIFAR-10's binary version, got ['data_batch_1']; ` +
        'put data_batch_1.bin to data_batch_5.bin there',
    );
    await expect(readCifar10(directory, { split: 'test' })).rejects.toThrow('put test_batch.bin there');
  });

  it('names a directory that is missing', async () => {
    await expect(readCifar10(join(directory, 'no'))).rejects.toThrow(
      `readCifar10: '${join(directory, 'no')}' cannot be listed, got ENOENT`,
    );
  });
});

const real = fileURLToPath(new URL('../../../../shared/data/cifar10', import.meta.url));

describe.skipIf(!existsSync(real))('readCifar10 on the real CIFAR-10', () => {
  it('finds 10,000 training images a batch with the published channel statistics', async () => {
    const dataset = await readCifar10(real);
    expect(dataset.size % 10_000).toBe(0);
    const { mean, std } = await measureNormalization(dataset);
    for (let c = 0; c < 3; c++) {
      // The published values are of all 50,000 images; a mean over 10,000 moves by about 0.001.
      expect(Math.abs(mean[c]! - normalizations.cifar10.mean[c]!)).toBeLessThan(0.005);
      expect(Math.abs(std[c]! - normalizations.cifar10.std[c]!)).toBeLessThan(0.005);
    }
  });

  it('finds every class about equally often', async () => {
    const dataset = await readCifar10(real, { limit: 10_000 });
    const counts = new Array<number>(10).fill(0);
    for (const label of await labels(dataset, 10_000)) counts[label]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('sees images: neighbours are alike in all three channels, along rows and columns', async () => {
    const dataset = await readCifar10(real, { split: 'test', limit: 100 });
    const { images } = await dataset.read(Array.from({ length: 100 }, (_, i) => i));
    const difference = (step: number) => {
      let sum = 0;
      for (let i = step; i < images.length; i++) sum += Math.abs(images[i]! - images[i - step]!);
      return sum / (images.length - step);
    };
    // Next column, next row; against a pixel half an image away.
    for (const step of [3, 96]) expect(difference(step)).toBeLessThan(difference(16 * 96 + 48) / 2);
  });
});
