import { execFileSync } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { idxFile, matFile } from './support/data-files';
import { scratchFolder } from './support/scratch';

const script = fileURLToPath(new URL('./support/stream-datasets.ts', import.meta.url));
const at = scratchFolder();

const IMAGES = 4000;
const MIB = 2 ** 20;

it('data sets are opened, unpacked and gone through in a small part of their size', async () => {
  await writeFile(at('data_batch_all.bin'), '');
  await truncate(at('data_batch_all.bin'), IMAGES * 3073);
  const x = {
    name: 'X',
    dimensions: [32, 32, 3, IMAGES],
    kind: 'uint8',
    values: new Uint8Array(IMAGES * 3072),
  } as const;
  const y = {
    name: 'y',
    dimensions: [IMAGES, 1],
    kind: 'uint8',
    values: new Uint8Array(IMAGES).fill(1),
  } as const;
  await writeFile(at('train_32x32.mat'), matFile([x, y]));
  const grey = idxFile([IMAGES, 56, 56], new Uint8Array(IMAGES * 3136));
  await writeFile(at('train-images-idx3-ubyte.gz'), gzipSync(grey));
  await writeFile(at('train-labels-idx1-ubyte'), idxFile([IMAGES], new Uint8Array(IMAGES)));

  const output = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', script, at()], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  const found = JSON.parse(output.trim().split('\n').at(-1)!);
  console.log(`most bytes held, of ${IMAGES * 3072}: ${JSON.stringify(found)}`);
  for (const name of ['cifar10', 'svhn', 'idx']) {
    const { opening, epoch, images } = found[name];
    expect(images, name).toBe(IMAGES);
    // A batch of 64 takes 0.75 MiB as floats, of which a few are alive while it is made; all images take 12 MiB as bytes.
    expect(opening, `${name}, opening`).toBeLessThan(4 * MIB);
    expect(epoch, `${name}, an epoch`).toBeLessThan(4 * MIB);
  }
});
