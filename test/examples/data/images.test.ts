import { execFileSync } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { idxFile, matFile, pattern } from '../../pure/node/support/data-files';
import { scratchFolder } from '../../pure/node/support/scratch';

const script = fileURLToPath(new URL('./run.ts', import.meta.url));
const at = scratchFolder();

/** A file of zeros. */
async function zeros(length: number, ...names: string[]): Promise<void> {
  await writeFile(at(...names), '');
  await truncate(at(...names), length);
}

async function png(...names: string[]): Promise<void> {
  await mkdir(at(...names.slice(0, -1)), { recursive: true });
  await sharp(pattern(300), { raw: { width: 10, height: 10, channels: 3 } }).toFile(at(...names));
}

it('the commands tell data sets by the names of their files, and change their images as published', async () => {
  for (const name of ['cifar10', 'cifar100', 'svhn', 'idx', 'images', 'mixed', 'unknown', 'untested'])
    await mkdir(at(name));
  await zeros(4 * 3073, 'cifar10', 'data_batch_some.bin');
  await zeros(2 * 3073, 'cifar10', 'test_some.bin');
  await zeros(50_000 * 3074, 'cifar100', 'train.bin');
  await zeros(10_000 * 3074, 'cifar100', 'test.bin');
  for (const [split, count] of [
    ['train', 3],
    ['test', 2],
  ] as const) {
    const x = {
      name: 'X',
      dimensions: [32, 32, 3, count],
      kind: 'uint8',
      values: pattern(count * 3072),
    } as const;
    const y = {
      name: 'y',
      dimensions: [count, 1],
      kind: 'uint8',
      values: new Uint8Array(count).fill(10),
    } as const;
    await writeFile(at('svhn', `${split}_32x32.mat`), matFile([x, y]));
    const prefix = split === 'train' ? 'train' : 't10k';
    await writeFile(at('idx', `${prefix}-images-idx3-ubyte`), idxFile([count, 5, 4], pattern(count * 20)));
    await writeFile(at('idx', `${prefix}-labels-idx1-ubyte`), idxFile([count], new Uint8Array(count)));
  }
  await png('images', 'train', 'ants', '1.png');
  await png('images', 'train', 'bees', '1.png');
  await png('images', 'val', 'ants', '2.png');
  await png('images', 'val', 'bees', '2.png');
  await png('untested', 'train', 'ants', '1.png');
  await png('untested', 'train', 'bees', '1.png');
  await zeros(3073, 'mixed', 'data_batch_some.bin');
  await zeros(3074, 'mixed', 'train.bin');

  const folders = ['cifar10', 'cifar100', 'svhn', 'idx', 'images', 'mixed', 'unknown', 'untested'].map((n) =>
    at(n),
  );
  const output = execFileSync(process.execPath, ['--import', 'tsx', script, ...folders], {
    encoding: 'utf8',
  });
  const paper = {
    labels: 2,
    search: ['crop', 'flip', 'normalize'],
    training: ['crop', 'flip', 'normalize', 'cutout'],
  };
  const plain = { labels: 2, search: ['crop', 'normalize'], training: ['crop', 'normalize'] };
  expect(JSON.parse(output.trim().split('\n').at(-1)!)).toEqual({
    cifar10: { ...paper, format: 'cifar10', train: [4, 32, 32, 3, 10], test: [2, 32, 32, 3, 10] },
    cifar100: {
      ...paper,
      format: 'cifar100',
      train: [50_000, 32, 32, 3, 100],
      test: [10_000, 32, 32, 3, 100],
    },
    svhn: { ...paper, format: 'svhn', train: [3, 32, 32, 3, 10], test: [2, 32, 32, 3, 10] },
    idx: { ...plain, format: 'idx', train: [3, 5, 4, 1, 10], test: [2, 5, 4, 1, 10] },
    images: {
      format: 'images',
      train: [2, 8, 8, 3, 2],
      test: [2, 8, 8, 3, 2],
      labels: 2,
      search: ['crop', 'flip', 'normalize'],
      training: ['crop', 'flip', 'normalize'],
    },
    mixed: `--data: the names in '${at('mixed')}' tell cifar10 and cifar100; say what it holds with --format cifar10, cifar100, svhn, idx, images`,
    unknown: `--data: the names in '${at('unknown')}' tell no kind of data set; say what it holds with --format cifar10, cifar100, svhn, idx, images`,
    untested: `--data: '${at('untested')}' has no folder of test images; put one named test or val there`,
  });
});
