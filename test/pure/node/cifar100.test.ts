import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodeCifar100 } from '../../../src/data';
import { readCifar100 } from '../../../src/node';
import { scratchFolder } from './support/scratch';

const RECORD = 3074;
const at = scratchFolder();

/** Records with these coarse and fine labels, the pixels of record n being n + 1, n + 2 and n + 3. */
function records(labels: readonly (readonly [coarse: number, fine: number])[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * RECORD);
  for (const [n, pair] of labels.entries()) {
    bytes.set(pair, n * RECORD);
    for (const c of [0, 1, 2])
      bytes.fill(n + 1 + c, n * RECORD + 2 + c * 1024, n * RECORD + 2 + (c + 1) * 1024);
  }
  return bytes;
}

/** The official file of a split, black but for its first records. */
async function put(split: 'train' | 'test', bytes: Uint8Array, count = split === 'train' ? 50_000 : 10_000) {
  const path = at(`${split}.bin`);
  await writeFile(path, bytes);
  await truncate(path, count * RECORD);
  return path;
}

describe('decodeCifar100', () => {
  it('reads pixels, and fine or coarse labels', () => {
    const bytes = records([
      [19, 99],
      [3, 20],
    ]);
    const fine = decodeCifar100(bytes);
    expect(fine).toMatchObject({ name: 'cifar100', size: 2, classes: 100, shape: [32, 32, 3] });
    expect(Array.from(fine.read([0, 1]).labels)).toEqual([99, 20]);
    const coarse = decodeCifar100(bytes, { labels: 'coarse', name: 'groups' });
    expect(coarse).toMatchObject({ name: 'groups', classes: 20 });
    const { images, labels } = coarse.read([1]);
    expect(Array.from(labels)).toEqual([3]);
    expect(Array.from(images.subarray(0, 3), (value) => Math.round(value * 255))).toEqual([2, 3, 4]);
    expect(() => decodeCifar100(bytes, { labels: 'medium' as never })).toThrow(
      "cifar100Layout: labels must be 'fine' or 'coarse', got 'medium'; correct it",
    );
  });
});

describe('readCifar100', () => {
  it('reads the split it is told, with either labels', async () => {
    await put('test', records([[19, 99]]));
    const fine = await readCifar100(at(), { split: 'test', limit: 3 });
    expect(fine).toMatchObject({ name: 'cifar100/test', size: 3, classes: 100 });
    expect(Array.from((await fine.read([0, 2])).labels)).toEqual([99, 0]);
    const coarse = await readCifar100(at(), { split: 'test', labels: 'coarse' });
    expect(coarse).toMatchObject({ size: 10_000, classes: 20 });
    expect(Array.from((await coarse.read([0])).labels)).toEqual([19]);
  });

  it('finds the folder of the official archive', async () => {
    await mkdir(at('cifar-100-binary'));
    await writeFile(at('cifar-100-binary', 'test.bin'), records([[1, 2]]));
    await truncate(at('cifar-100-binary', 'test.bin'), 10_000 * RECORD);
    expect((await readCifar100(at(), { split: 'test', limit: 1 })).size).toBe(1);
  });

  it('names a file that is cut, too long or foreign, and a label of either kind that is none', async () => {
    const path = await put('test', records([[1, 2]]), 99);
    const read = () => readCifar100(at(), { split: 'test' });
    await expect(read()).rejects.toThrow(
      `readCifar100: '${path}' breaks off at byte 304326, in record 99: wrong file size, got 304326; ` +
        'expected exactly 30740000 bytes, 10000 records of 3074; fetch it again',
    );
    await put('test', records([[1, 2]]), 10_001);
    await expect(read()).rejects.toThrow(`'${path}' has bytes left over from byte 30740000 on`);
    await put(
      'test',
      records([
        [1, 2],
        [20, 3],
      ]),
    );
    await expect(read()).rejects.toThrow(
      `decodeRecords: '${path}' has a wrong label in record 1 at byte 3074, got 20; expected 0 to 19: the file is damaged or not CIFAR-100 binary`,
    );
    await put(
      'test',
      records([
        [1, 2],
        [2, 3],
        [2, 100],
      ]),
    );
    await expect(read()).rejects.toThrow(
      `'${path}' has a wrong label in record 2 at byte 6149, got 100; expected 0 to 99`,
    );
    await expect(readCifar100(at())).rejects.toThrow(
      `readCifar100: '${at()}' holds no train images of CIFAR-100's binary version, got ['test.bin']; put train.bin there`,
    );
    await expect(readCifar100(at(), { split: 'test', labels: 'medium' as never })).rejects.toThrow(
      "cifar100Layout: labels must be 'fine' or 'coarse', got 'medium'",
    );
  });

  it('names a file that becomes shorter after it was opened', async () => {
    const path = await put('test', records([[1, 2]]));
    const dataset = await readCifar100(at(), { split: 'test' });
    await truncate(path, 5 * RECORD + 10);
    expect((await dataset.read([4])).labels).toEqual(Int32Array.of(0));
    expect(() => dataset.read([5])).toThrow(
      `read: '${path}' is shorter than when it was opened: it ends inside the records from byte ${5 * RECORD} on, got ${5 * RECORD + 10}; expected at least ${6 * RECORD} bytes`,
    );
  });
});
