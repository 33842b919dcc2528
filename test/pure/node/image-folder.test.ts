import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { split } from '../../../src/data';
import { type ReadImageFolderOptions, readImageFolder } from '../../../src/node';
import { scratchFolder } from './support/scratch';

const at = scratchFolder();

/** Writes an image whose pixels are given by row and column. */
async function put(
  name: string,
  height: number,
  width: number,
  pixel: (y: number, x: number) => readonly number[],
): Promise<string> {
  const values = Array.from({ length: height * width }, (_, i) => pixel(Math.floor(i / width), i % width));
  const channels = values[0]!.length as 1 | 3 | 4;
  const path = at(...name.split('/'));
  await mkdir(at(name.split('/')[0]!), { recursive: true });
  await sharp(Uint8Array.from(values.flat()), { raw: { height, width, channels } }).toFile(path);
  return path;
}

const plain =
  (...color: number[]) =>
  () =>
    color;

/** The only image, as bytes, row by row. */
async function only(options: ReadImageFolderOptions): Promise<number[]> {
  const { images } = await (await readImageFolder(at(), options)).read([0]);
  return Array.from(images, (value) => Math.round(value * 255));
}

describe('readImageFolder', () => {
  it('takes folders for classes, in the order of their names, and reads what was written', async () => {
    await put('cats/b.png', 2, 2, plain(10, 20, 30));
    await put('cats/a.png', 2, 2, plain(40, 50, 60));
    await put('ants/c.png', 2, 2, (y, x) => [y * 100, x * 100, 7]);
    await writeFile(at('cats', 'notes.txt'), 'not an image');
    await mkdir(at('.hidden'));
    const dataset = await readImageFolder(at(), { size: 2, fit: 'none' });
    expect(dataset).toMatchObject({
      name: 'images',
      size: 3,
      shape: [2, 2, 3],
      classes: 2,
      classNames: ['ants', 'cats'],
    });
    const { images, labels } = await dataset.read([0, 1, 2, 0]);
    const rows = Array.from({ length: 4 }, (_, n) =>
      [labels[n], ...Array.from(images.subarray(12 * n, 12 * n + 12), (v) => Math.round(v * 255))].join(' '),
    );
    expect(rows[3]).toBe(rows[0]);
    expect(rows.slice(0, 3).sort()).toEqual([
      '0 0 0 7 0 100 7 100 0 7 100 100 7',
      '1 10 20 30 10 20 30 10 20 30 10 20 30',
      '1 40 50 60 40 50 60 40 50 60 40 50 60',
    ]);
    expect(await readImageFolder(at(), { size: 2, classNames: ['cats'] })).toMatchObject({
      size: 2,
      classes: 1,
    });
  });

  it('mixes the classes, always in the same way, so that every part has all of them', async () => {
    for (const name of ['a', 'b']) for (let i = 0; i < 20; i++) await put(`${name}/${i}.png`, 1, 1, plain(i));
    const read = async () => {
      const dataset = await readImageFolder(at(), { size: 1, channels: 1 });
      return Promise.all(split(dataset).map((part) => part.read(Array.from({ length: 20 }, (_, i) => i))));
    };
    const parts = await read();
    for (const { labels } of parts) {
      const ones = labels.reduce((sum, label) => sum + label, 0);
      expect(ones).toBeGreaterThan(4);
      expect(ones).toBeLessThan(16);
    }
    expect(await read()).toEqual(parts);
    const limited = await readImageFolder(at(), { size: 1, channels: 1, limit: 7 });
    const first = await limited.read([0, 1, 2, 3, 4, 5, 6]);
    expect(first.images).toEqual(parts[0]!.images.slice(0, 7));
  });

  it('covers, contains or stretches to the size', async () => {
    // Left half red, right half blue, twice as wide as high.
    await put('a/wide.png', 16, 32, (_, x) => (x < 16 ? [255, 0, 0] : [0, 0, 255]));
    const pixel = (image: readonly number[], y: number, x: number, width: number) =>
      image.slice((y * width + x) * 3, (y * width + x) * 3 + 3);
    const [cover, contain, stretch] = [
      await only({ size: 16 }),
      await only({ size: 16, fit: 'contain' }),
      await only({ size: [16, 8], fit: 'stretch' }),
    ];
    expect(pixel(cover, 0, 2, 16)).toEqual([255, 0, 0]);
    expect(pixel(cover, 15, 13, 16)).toEqual([0, 0, 255]);
    expect(pixel(contain, 0, 8, 16)).toEqual([0, 0, 0]);
    expect(pixel(contain, 8, 1, 16)).toEqual([255, 0, 0]);
    expect(pixel(contain, 15, 8, 16)).toEqual([0, 0, 0]);
    expect(stretch).toHaveLength(16 * 8 * 3);
    expect(pixel(stretch, 0, 0, 8)).toEqual([255, 0, 0]);
    expect(pixel(stretch, 0, 7, 8)).toEqual([0, 0, 255]);
  });

  it('cuts the middle out after scaling', async () => {
    // A frame of white, 4 of 16 pixels wide on every side.
    await put('a/frame.png', 16, 16, (y, x) =>
      Math.min(y, x, 15 - y, 15 - x) < 4 ? [255, 255, 255] : [9, 9, 9],
    );
    expect(new Set(await only({ size: 8, resize: 16 }))).toEqual(new Set([9]));
    await expect(readImageFolder(at(), { size: 8, resize: 6 })).rejects.toThrow(
      'readImageFolder: resize must leave at least the size to cut out, got {"resize":6,"size":8,"fit":"cover"}',
    );
  });

  it('makes grey of colour, colour of grey, 8 bits of 16, and black of what is transparent', async () => {
    await put('a/1.png', 1, 1, plain(120));
    expect(await only({ size: 1 })).toEqual([120, 120, 120]);
    await put('a/1.png', 1, 1, plain(255, 255, 255, 0));
    expect(await only({ size: 1 })).toEqual([0, 0, 0]);
    await put('a/1.png', 1, 1, plain(90, 90, 90));
    expect(await only({ size: 1, channels: 1 })).toEqual([90]);
    await sharp(Uint16Array.of(25700, 25700, 25700), { raw: { height: 1, width: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toFile(at('a', '1.png'));
    expect(await only({ size: 1 })).toEqual([100, 100, 100]);
  });

  it('names the file that is cut off, foreign or of the wrong size', async () => {
    const path = await put('a/1.png', 40, 40, (y, x) => [y * 6, x * 6, (x * y) % 256]);
    const { length } = await readFile(path);
    const read = async (options?: Partial<ReadImageFolderOptions>) =>
      (await readImageFolder(at(), { size: 8, ...options })).read([0]);
    await expect(read({ fit: 'none' })).rejects.toThrow(
      `readImageFolder: '${path}' (${length} bytes) cannot be used, got 40x40x3; expected an image of 8x8x3, or pass another fit`,
    );
    await truncate(path, Math.floor(length / 2));
    await expect(read()).rejects.toThrow(
      new RegExp(
        `^readImageFolder: '${path}' \\(${Math.floor(length / 2)} bytes\\) cannot be used, got '.+'; expected a whole image file`,
      ),
    );
    await writeFile(path, 'this is text');
    await expect(read()).rejects.toThrow(
      `'${path}' (12 bytes) cannot be used, got 'Input file contains unsupported image format'`,
    );
    await writeFile(path, '');
    await expect(read()).rejects.toThrow(`'${path}' (0 bytes) cannot be used`);
  });

  it('names folders and options that cannot be', async () => {
    await expect(readImageFolder(at('no'), { size: 8 })).rejects.toThrow(
      `readImageFolder: '${at('no')}' cannot be listed, got ENOENT`,
    );
    await expect(readImageFolder(at(), { size: 8 })).rejects.toThrow(
      `readImageFolder: '${at()}' holds no folders, got []; pass a folder that holds one folder a class`,
    );
    await mkdir(at('empty'));
    await expect(readImageFolder(at(), { size: 8 })).rejects.toThrow(
      `readImageFolder: '${at('empty')}' holds no images, got []`,
    );
    const bad = (options: object) => readImageFolder(at(), { size: 8, ...options });
    await expect(bad({ size: 0 })).rejects.toThrow('size must be a positive whole number, or two, got 0');
    await expect(bad({ channels: 2 })).rejects.toThrow('channels must be 1 or 3, got 2');
    await expect(bad({ fit: 'crop' })).rejects.toThrow(
      "there is no such fit, got 'crop'; pass 'cover', 'contain', 'stretch' or 'none'",
    );
    await expect(bad({ limit: 0 })).rejects.toThrow('limit must be a whole number of at least 1');
  });

  it('tells how to install the library that decodes, when it is not there', async () => {
    await put('a/1.png', 1, 1, plain(1));
    vi.doMock('sharp', () => {
      throw new Error("Cannot find package 'sharp'");
    });
    try {
      await expect(readImageFolder(at(), { size: 1 })).rejects.toThrow(
        /^readImageFolder: images are decoded by the package 'sharp', which cannot be loaded, got [\s\S]*; install it: npm install sharp$/,
      );
    } finally {
      vi.doUnmock('sharp');
    }
  });
});
