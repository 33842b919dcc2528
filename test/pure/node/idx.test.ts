import { readdir, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readIdx, readMnist } from '../../../src/node';
import { idxFile, pattern } from './support/data-files';
import { scratchFolder } from './support/scratch';

const at = scratchFolder();
const paths = () => ({ images: at('images'), labels: at('labels') });

async function put(images: Uint8Array, labels: Uint8Array, zip = false): Promise<void> {
  await writeFile(at('images'), zip ? gzipSync(images) : images);
  await writeFile(at('labels'), zip ? gzipSync(labels) : labels);
}

const pixels = pattern(4 * 6);
const images = idxFile([4, 2, 3], pixels);
const labels = idxFile([4], Uint8Array.of(3, 0, 9, 1));

describe('readIdx', () => {
  it.each([false, true])('reads grey images in any order (gzip: %s)', async (zip) => {
    await put(images, labels, zip);
    const dataset = await readIdx(paths(), { name: 'mine' });
    expect(dataset).toMatchObject({ name: 'mine', size: 4, shape: [2, 3, 1], classes: 10 });
    const read = await dataset.read([2, 3, 0, 2]);
    expect(Array.from(read.labels)).toEqual([9, 1, 3, 9]);
    const rows = [2, 3, 0, 2].flatMap((n) => [...pixels.subarray(n * 6, n * 6 + 6)]);
    expect(Array.from(read.images, (value) => Math.round(value * 255))).toEqual(rows);
  });

  it('reads images of several channels, other classes, and no more than the limit', async () => {
    await put(idxFile([2, 1, 2, 3], pattern(12)), idxFile([2], Uint8Array.of(0, 46)));
    const dataset = await readIdx(paths(), { classes: 47, limit: 1 });
    expect(dataset).toMatchObject({ size: 1, shape: [1, 2, 3], classes: 47 });
    const { images: read } = await dataset.read([0]);
    expect(Array.from(read, (value) => Math.round(value * 255))).toEqual([...pattern(6)]);
    await expect(readIdx(paths(), { classes: 0 })).rejects.toThrow(
      'readIdx: classes must be a whole number from 1 to 256, got 0',
    );
  });

  it('names file, byte and expectation wherever the images are cut', async () => {
    for (let length = 0; length < images.length; length++) {
      await put(images.subarray(0, length), labels);
      await expect(readIdx(paths())).rejects.toThrow(
        length < 16
          ? new RegExp(
              `^readIdx: '${at('images')}' breaks off or is damaged at byte ${length}, got '.* are missing'; expected a whole idx file`,
            )
          : `readIdx: '${at('images')}' breaks off at byte ${length}: wrong file size, got ${length}; expected 16 + 4x2x3 = 40 bytes; fetch it again`,
      );
    }
  });

  it('names the place in what a compressed file unpacks to, and leaves nothing half unpacked', async () => {
    const zipped = gzipSync(images);
    await writeFile(at('labels'), labels);
    for (const cut of [1, 9, 20]) {
      await writeFile(at('images'), zipped.subarray(0, zipped.length - cut));
      await expect(readIdx(paths())).rejects.toThrow(
        new RegExp(
          `^readIdx: '${at('images')}' breaks off or is damaged at byte \\d+ of what it unpacks to, got '`,
        ),
      );
    }
    await writeFile(at('images'), gzipSync(images.subarray(0, 30)));
    await expect(readIdx(paths())).rejects.toThrow(
      "at byte 30 of what it unpacks to, got '10 bytes of 24 are missing'",
    );
    await writeFile(at('images'), gzipSync(Buffer.concat([images, Buffer.of(1)])));
    await expect(readIdx(paths())).rejects.toThrow(
      'has bytes left over from byte 40 of what it unpacks to on',
    );
    expect(await readdir(at())).toEqual(['images', 'labels']);
  });

  it('names what is too long, foreign, empty or does not belong together', async () => {
    await put(Buffer.concat([images, Buffer.of(1)]), labels);
    await expect(readIdx(paths())).rejects.toThrow(
      `'${at('images')}' has bytes left over from byte 40 on: wrong file size, got 41`,
    );
    await put(labels, labels);
    await expect(readIdx(paths())).rejects.toThrow(
      `'${at('images')}' starts with the wrong four bytes, got [0, 0, 8, 1]; expected 0, 0, 8 and 3 or 4, an idx file of bytes with so many dimensions`,
    );
    await put(idxFile([0, 2, 3], new Uint8Array(0)), labels);
    await expect(readIdx(paths())).rejects.toThrow(`'${at('images')}' holds no images, got [0, 2, 3]`);
    await put(images, idxFile([3], Uint8Array.of(1, 2, 3)));
    await expect(readIdx(paths())).rejects.toThrow(
      'do not belong together, got {"images":4,"labels":3}; expected one label an image',
    );
    await expect(readIdx({ ...paths(), labels: at('no') })).rejects.toThrow(
      `readIdx: '${at('no')}' cannot be read, got ENOENT`,
    );
  });

  it('names the one wrong label', async () => {
    await put(images, idxFile([4], Uint8Array.of(3, 0, 10, 1)));
    await expect(readIdx(paths())).rejects.toThrow(
      `readIdx: '${at('labels')}' has a wrong label of image 2 at byte 10, got 10; expected 0 to 9; pass the right number of classes`,
    );
  });
});

describe('readMnist', () => {
  it('finds the files of a split, plain before compressed, under both ways to write them', async () => {
    await writeFile(at('train-images-idx3-ubyte.gz'), gzipSync(images));
    await writeFile(at('train-labels-idx1-ubyte.gz'), gzipSync(labels));
    await writeFile(at('t10k-images.idx3-ubyte'), idxFile([1, 2, 3], pattern(6)));
    await writeFile(at('t10k-labels.idx1-ubyte'), idxFile([1], Uint8Array.of(5)));
    expect(await readMnist(at())).toMatchObject({ name: 'mnist/train', size: 4, shape: [2, 3, 1] });
    const test = await readMnist(at(), { split: 'test' });
    expect(Array.from((await test.read([0])).labels)).toEqual([5]);
    await writeFile(at('train-images-idx3-ubyte'), 'broken');
    await expect(readMnist(at())).rejects.toThrow(
      `readMnist: '${at('train-images-idx3-ubyte')}' starts with the wrong four bytes`,
    );
  });

  it('says what is there when a file is not', async () => {
    await writeFile(at('train-images-idx3-ubyte'), images);
    await expect(readMnist(at())).rejects.toThrow(
      `readMnist: '${at()}' lacks a file of the train images, got ['train-images-idx3-ubyte']; put train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz there`,
    );
  });
});
