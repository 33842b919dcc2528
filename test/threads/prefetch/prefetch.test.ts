import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { idxFile, matFile, pattern } from '../../pure/node/support/data-files';
import { scratchFolder } from '../../pure/node/support/scratch';

const script = fileURLToPath(new URL('./run.ts', import.meta.url));
const at = scratchFolder();

function run<T>(mode: string): T {
  const output = execFileSync(process.execPath, ['--import', 'tsx', script, mode, at()], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return JSON.parse(output.trim().split('\n').at(-1)!) as T;
}

/** 20 images of each kind in one folder. */
beforeEach(async () => {
  const labels = Uint8Array.from({ length: 20 }, (_, i) => i % 10);
  const records = pattern(20 * 3073);
  for (const [i, label] of labels.entries()) records[i * 3073] = label;
  await writeFile(at('data_batch_a.bin'), records.subarray(0, 7 * 3073));
  await writeFile(at('data_batch_b.bin'), records.subarray(7 * 3073));
  await writeFile(
    at('train_32x32.mat'),
    matFile([
      { name: 'X', dimensions: [32, 32, 3, 20], kind: 'uint8', values: pattern(20 * 3072) },
      { name: 'y', dimensions: [20, 1], kind: 'uint8', values: labels.map((label) => label + 1) },
    ]),
  );
  await writeFile(at('train-images-idx3-ubyte.gz'), gzipSync(idxFile([20, 9, 7], pattern(20 * 63))));
  await writeFile(at('train-labels-idx1-ubyte'), idxFile([20], labels));
  for (const name of ['a', 'b']) {
    await mkdir(at('images', name), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const raw = { width: 10 + i, height: 12, channels: 3 as const };
      const values = pattern((10 + i) * 36).map((value) => value + i * (name === 'a' ? 3 : 7));
      await sharp(values, { raw }).toFile(at('images', name, `${i}.${i % 2 ? 'png' : 'jpg'}`));
    }
  }
});

describe('prefetch', () => {
  it('gives the numbers of the data set itself, to every loop over it, and leaks nothing', () => {
    const as = (batches: number) => ({ same: true, batches, read: true, leaked: 0 });
    expect(run('same')).toEqual({
      'cifar10/train': as(21),
      'svhn/train': as(21),
      'mnist/train': as(21),
      images: as(21),
    });
  });

  it('opens a data set of one’s own, and says what went wrong on the thread', () => {
    const found = run<Record<string, string>>('own');
    const dead =
      "Error: prefetch: the thread that reads 'own' ended, got exit code 7; open the data set and prefetch it anew";
    expect(found).toEqual({
      same: true,
      failed: 'RangeError: read: image 48 is a trap',
      after: [2],
      waiting: dead,
      died: dead,
      later: dead,
      loop: dead,
      onThisThread: 0,
      wrong:
        'RangeError: prefetch: the module opens another data set than \'own[0:48]\', got {"size":50,"shape":[2,2,1],"classes":3}; ' +
        'expected {"size":48,"shape":[2,2,1],"classes":3}',
      missing: expect.stringContaining('missing.ts'),
      notFunction: expect.stringMatching(
        /^TypeError: prefetch: '.*constant\.ts' has no function for its default export, got number; export one that opens the data set$/,
      ),
      noOrigin:
        "TypeError: prefetch: 'own' cannot be opened on another thread, got 'own'; pass what one of the readers returned (before split() and subset()), or the module that opens it",
      noWhole: 'RangeError: prefetch: ahead must be a whole number of at least 1, got 0; pass for example 2',
      pending: "Error: prefetch: 'own' was disposed; open the data set and prefetch it anew",
    });
  });

  it('does not keep the process from ending', () => {
    expect(run('exit')).toBe('done');
  });
});
