import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type FileDataset, readIdx, readMnist } from '../../../src/node';
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

  it('names paths and options that are none', async () => {
    await put(images, labels);
    const read = (files: object, options: object) => readIdx(files as never, options);
    await expect(read({ ...paths(), image: 1 }, {})).rejects.toThrow(
      "readIdx: there is no such option, got 'image'",
    );
    await expect(read({ ...paths(), images: 5 }, {})).rejects.toThrow("readIdx: '5' cannot be read, got ");
    await expect(read({ ...paths(), labels: at() }, {})).rejects.toThrow(
      `readIdx: '${at()}' cannot be read, got EISDIR`,
    );
    await expect(read(paths(), { cache: 5 })).rejects.toThrow(
      'readIdx: cache must be the path of a folder, got 5',
    );
    await put(images, labels, true);
    // Nobody can make a folder there.
    await expect(read(paths(), { cache: '/proc/none/cache' })).rejects.toThrow(
      "cannot be unpacked into '/proc/none/cache'",
    );
  });

  it('names the one wrong label', async () => {
    await put(images, idxFile([4], Uint8Array.of(3, 0, 10, 1)));
    await expect(readIdx(paths())).rejects.toThrow(
      `readIdx: '${at('labels')}' has a wrong label of image 2 at byte 10, got 10; expected 0 to 9; pass the right number of classes`,
    );
  });
});

describe('unpacking', () => {
  it('keeps data sets of equal names, sizes and times apart in one cache', async () => {
    const cache = at('cache');
    const sets = [1, 2].map((n) => ({
      pixels: Uint8Array.from(pixels, (value) => (value * n) % 256),
      paths: { images: at(`${n}`, 'images.gz'), labels: at(`${n}`, 'labels') },
    }));
    for (const { pixels: content, paths: files } of sets) {
      await mkdir(dirname(files.images));
      await writeFile(files.images, gzipSync(idxFile([4, 2, 3], content), { level: 0 }));
      await writeFile(files.labels, labels);
      await utimes(files.images, 1e9, 1e9);
    }
    const opened = await Promise.all(sets.map(({ paths: files }) => readIdx(files, { cache })));
    for (const [i, dataset] of opened.entries()) {
      const { images: read } = await dataset.read([0, 1, 2, 3]);
      expect(Array.from(read, (value) => Math.round(value * 255))).toEqual([...sets[i]!.pixels]);
    }
  });

  it('tells a file from the one it replaced, of the same size and time', async () => {
    const read = async (content: Uint8Array) => {
      await put(gzipSync(idxFile([4, 2, 3], content), { level: 0 }), labels);
      await utimes(at('images'), 1e9, 1e9);
      const { images: found } = await (await readIdx(paths())).read([0, 1, 2, 3]);
      return Array.from(found, (value) => Math.round(value * 255));
    };
    for (const content of [pixels, pixels.map((value) => 255 - value)])
      expect(await read(content)).toEqual([...content]);
  });

  it('may happen many times at once, over one file, while others read it', async () => {
    await put(images, labels, true);
    const opened: FileDataset[] = [];
    const openings = Array.from({ length: 40 }, async (_, i) => {
      const dataset = await readIdx(paths(), i % 4 === 3 ? { limit: 3 } : {});
      opened.push(dataset);
      for (const each of opened) await each.read([0, 1, 2]);
    });
    await Promise.all(openings);
    expect((await readdir(at())).filter((name) => !name.endsWith('.unpacked'))).toEqual(['images', 'labels']);
  });

  it('compares what the headers say, and the limit, before it unpacks', async () => {
    const many = 30_000_000;
    // Zeros that unpack to a thousand times as much.
    await put(idxFile([many, 1, 1], new Uint8Array(many)), labels, true);
    await expect(readIdx(paths(), { limit: 4 })).rejects.toThrow(`{"images":${many},"labels":4}`);
    expect(await readdir(at())).toEqual(['images', 'labels']);
    await put(idxFile([many, 1, 1], new Uint8Array(many)), idxFile([many], new Uint8Array(many)), true);
    expect(await readIdx(paths(), { limit: 5 })).toMatchObject({ size: 5 });
    const [unpacked] = (await readdir(at())).filter((name) => name.endsWith('.unpacked'));
    expect((await stat(at(unpacked!))).size).toBe(5);
    // A header may declare any number of labels.
    await put(
      idxFile([2 ** 32 - 1, 1, 1], new Uint8Array(9)),
      idxFile([2 ** 32 - 1], new Uint8Array(9)),
      true,
    );
    await expect(readIdx(paths())).rejects.toThrow('declares too many labels, got 4294967295');
  });

  it('closes its files, whatever is wrong with them', async () => {
    const open = async () => (await readdir('/proc/self/fd').catch(() => [])).length;
    const zipped = gzipSync(images);
    const before = await open();
    for (let cut = 0; cut < zipped.length; cut += 2) {
      await writeFile(at('images'), zipped.subarray(0, cut));
      await writeFile(at('labels'), gzipSync(labels));
      await expect(readIdx(paths())).rejects.toThrow(/^readIdx: '/);
    }
    expect(await open()).toBe(before);
  });
});

describe('readMnist', () => {
  it('passes over folders with the names of the files, and looks into them if there is nothing else', async () => {
    for (const [stem, content] of [
      ['train-images', images],
      ['train-labels', labels],
    ] as const) {
      const rank = stem === 'train-images' ? 3 : 1;
      await mkdir(at(`${stem}-idx${rank}-ubyte`));
      await writeFile(at(`${stem}-idx${rank}-ubyte`, `${stem}-idx${rank}-ubyte`), content);
    }
    expect(await readMnist(at())).toMatchObject({ size: 4 });
    await writeFile(at('train-images.idx3-ubyte'), idxFile([1, 2, 3], pattern(6)));
    await writeFile(at('train-labels.idx1-ubyte'), idxFile([1], Uint8Array.of(5)));
    expect(await readMnist(at())).toMatchObject({ size: 1 });
    await expect(readMnist(at(), { split: 'valid' as never })).rejects.toThrow(
      "readMnist: split must be 'train' or 'test', got 'valid'",
    );
  });

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
