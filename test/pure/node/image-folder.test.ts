import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
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
  format?: 'jpeg',
): Promise<string> {
  const values = Array.from({ length: height * width }, (_, i) => pixel(Math.floor(i / width), i % width));
  const channels = values[0]!.length as 1 | 3 | 4;
  const path = at(...name.split('/'));
  await mkdir(at(name.split('/')[0]!), { recursive: true });
  const image = sharp(Uint8Array.from(values.flat()), { raw: { height, width, channels } });
  await (format ? image.toFormat(format) : image).toFile(path);
  return path;
}

/** A grey TIFF of 2x2 pixels, 0 to 3 (in 16 bits 0 to 3 times 4,096), as numbers of a format and a length in bits. */
function tiff(format: 1 | 2 | 3, bits: number): Buffer {
  const pixels = Buffer.alloc((4 * bits) / 8);
  for (let n = 0; n < 4; n++) {
    if (bits === 8) pixels.writeUInt8(n, n);
    else if (bits === 16) pixels.writeUInt16LE(n * 4096, 2 * n);
    else if (format === 3) pixels.writeFloatLE(n / 3, 4 * n);
    else pixels.writeInt32LE(n, 4 * n);
  }
  const fields = [
    [256, 2],
    [257, 2],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, 2],
    [279, pixels.length],
    [339, format],
  ] as const;
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  header.writeUInt32LE(8 + pixels.length, 4);
  const directory = Buffer.alloc(2 + 12 * fields.length + 4);
  directory.writeUInt16LE(fields.length, 0);
  for (const [i, [field, value]] of fields.entries()) {
    directory.writeUInt16LE(field, 2 + 12 * i);
    directory.writeUInt16LE(4, 4 + 12 * i);
    directory.writeUInt32LE(1, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  }
  return Buffer.concat([header, pixels, directory]);
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
      `'${path}' (12 bytes) cannot be used, got 'Input buffer contains unsupported image format'`,
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
      "fit must be 'cover', 'contain', 'stretch' or 'none', got 'crop'",
    );
    await expect(bad({ sise: 8 })).rejects.toThrow("readImageFolder: there is no such option, got 'sise'");
    await expect(bad({ classNames: ['a', 'a'] })).rejects.toThrow(
      'classNames must be a list of different names',
    );
    await expect(bad({ limit: 0 })).rejects.toThrow('limit must be a whole number of at least 1');
  });

  it.each(['webp', 'png', 'jpg', 'gif', 'tiff'])('reads a .%s anew when it was replaced', async (ending) => {
    await put(`a/1.${ending}`, 8, 8, plain(0, 0, 0));
    const dataset = await readImageFolder(at(), { size: 8 });
    for (const grey of [0, 250, 10, 200]) {
      await put(`a/1.${ending}`, 8, 8, plain(grey, grey, grey));
      const { images } = await dataset.read([0]);
      expect(Math.abs(images[0]! * 255 - grey)).toBeLessThan(4);
    }
  });

  it.each([
    ['float', 3, 32],
    ['int', 2, 32],
    ['uint', 1, 32],
    ['short', 2, 16],
  ] as const)('refuses a TIFF of pixels of the type %s', async (depth, format, bits) => {
    await mkdir(at('a'));
    // What it is decides, not what it is called.
    for (const name of ['1.tiff', '1.png']) {
      await writeFile(at('a', name), tiff(format, bits));
      await expect((await readImageFolder(at(), { size: 2, fit: 'none' })).read([0])).rejects.toThrow(
        `'${at('a', name)}' (${tiff(format, bits).length} bytes) cannot be used, got pixels of the type '${depth}'; expected unsigned integers`,
      );
      await rm(at('a', name));
    }
  });

  it.each([8, 16])('reads a TIFF of unsigned integers of %s bits', async (bits) => {
    await mkdir(at('a'));
    await writeFile(at('a', '1.tif'), tiff(1, bits));
    expect(await only({ size: 2, fit: 'none', channels: 1 })).toEqual(
      [0, 1, 2, 3].map((n) => n * (bits === 8 ? 1 : 16)),
    );
  });

  it('follows links and folders in folders, and names all that it does not read', async () => {
    await put('ants/1.png', 1, 1, plain(1));
    await put('ants/2.jfif', 1, 1, plain(2), 'jpeg');
    await mkdir(at('ants', 'more', 'deep'), { recursive: true });
    await put('ants/more/deep/3.PNG', 1, 1, plain(3));
    await symlink(at('ants'), at('ants', 'more', 'back'));
    await put('far/4.png', 1, 1, plain(4));
    await symlink(at('far'), at('bees'));
    await symlink(at('ants', '1.png'), at('far', '5.png'));
    await mkdir(at('__MACOSX', 'ants'), { recursive: true });
    for (const file of [
      'ants/._1.png',
      'ants/.DS_Store',
      'ants/Thumbs.db',
      'ants/notes.txt',
      'ants/.6.png',
      'top.png',
      '.git',
    ])
      await writeFile(at(...file.split('/')), '');
    const dataset = await readImageFolder(at(), { size: 1, classNames: ['ants', 'bees'] });
    expect(dataset.size).toBe(5);
    const { labels } = await dataset.read([0, 1, 2, 3, 4]);
    expect([...labels].sort()).toEqual([0, 0, 0, 1, 1]);
    expect(Object.fromEntries(dataset.skipped.map(({ file, reason }) => [file, reason]))).toEqual({
      __MACOSX: 'left by an operating system',
      'ants/._1.png': 'left by an operating system',
      'ants/.DS_Store': 'left by an operating system',
      'ants/Thumbs.db': 'left by an operating system',
      'ants/.6.png': 'hidden',
      'ants/notes.txt': 'no image, by its name',
      'ants/more/back': 'a link to a folder that it is in',
      'top.png': 'in no class folder',
      '.git': 'hidden',
      far: 'no class that was asked for',
    });
    expect((await readImageFolder(at(), { size: 1 })).classNames).toEqual(['ants', 'bees', 'far']);
  });

  it('refuses pictures that it cannot read, by name, unless told to skip them', async () => {
    await put('a/1.png', 1, 1, plain(1));
    for (const name of ['2.bmp', '3.ppm', '4.heic']) await writeFile(at('a', name), 'pixels');
    await symlink(at('nowhere.png'), at('a', '5.png'));
    await expect(readImageFolder(at(), { size: 1 })).rejects.toThrow(
      `readImageFolder: '${at()}' holds 4 pictures that cannot be read, got ['a/2.bmp', 'a/3.ppm', 'a/4.heic', 'a/5.png']; convert them`,
    );
    const dataset = await readImageFolder(at(), { size: 1, unreadable: 'skip' });
    expect([dataset.size, dataset.skipped.length]).toEqual([1, 4]);
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
