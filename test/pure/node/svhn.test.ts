import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSvhn } from '../../../src/node';
import { cellArray, type MatArray, matFile, opaque, pattern } from './support/data-files';
import { scratchFolder } from './support/scratch';

const IMAGE = 3072;
const at = scratchFolder();

const images = (count: number): MatArray => ({
  name: 'X',
  dimensions: [32, 32, 3, count],
  kind: 'uint8',
  values: pattern(count * IMAGE),
});
const labels = (values: readonly number[], kind: MatArray['kind'] = 'uint8'): MatArray => ({
  name: 'y',
  dimensions: [values.length, 1],
  kind,
  values,
});

/** Writes `train_32x32.mat` and returns its path. */
async function put(bytes: Uint8Array, name = 'train_32x32.mat'): Promise<string> {
  await writeFile(at(name), bytes);
  return at(name);
}

const unpackedFiles = async (folder = at()) =>
  (await readdir(folder)).filter((name) => name.endsWith('.unpacked'));

describe('readSvhn', () => {
  it.each([true, false])(
    'reads images column by column, and label 10 as class 0 (compressed: %s)',
    async (compress) => {
      const x = images(3);
      await put(matFile([x, labels([10, 1, 9])], { compress }));
      const dataset = await readSvhn(at());
      expect(dataset).toMatchObject({ name: 'svhn/train', size: 3, shape: [32, 32, 3], classes: 10 });
      const read = await dataset.read([2, 0, 1, 2]);
      expect(Array.from(read.labels)).toEqual([9, 0, 1, 9]);
      const expected = new Float32Array(4 * IMAGE);
      for (const [row, n] of [2, 0, 1, 2].entries())
        for (let h = 0; h < 32; h++)
          for (let w = 0; w < 32; w++)
            for (let c = 0; c < 3; c++)
              expected[row * IMAGE + (h * 32 + w) * 3 + c] = x.values[h + 32 * (w + 32 * (c + 3 * n))]! / 255;
      expect(Math.max(...read.images.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-7);
      expect(await unpackedFiles()).toHaveLength(compress ? 1 : 0);
    },
  );

  it('reads labels that are stored as doubles, a single image, and no more than the limit', async () => {
    await put(matFile([{ ...images(1), dimensions: [32, 32, 3] }, labels([4], 'double')]), 'test_32x32.mat');
    const one = await readSvhn(at(), { split: 'test' });
    expect(Array.from((await one.read([0])).labels)).toEqual([4]);
    await put(matFile([labels([1, 2, 3, 4]), images(4)]), 'extra_32x32.mat');
    const some = await readSvhn(at(), { split: 'extra', limit: 3 });
    expect(some).toMatchObject({ name: 'svhn/extra', size: 3 });
    expect(Array.from((await some.read([2])).labels)).toEqual([3]);
    expect(() => some.read([3])).toThrow(
      "read: there is no such image in 'svhn/extra', got 3; pass indices from 0 to 2",
    );
  });

  it('unpacks a file once, into the folder it is told, and anew when the file has changed', async () => {
    const cache = at('cache');
    const path = await put(matFile([images(2), labels([1, 2])]));
    await readSvhn(at(), { cache });
    expect(await unpackedFiles()).toEqual([]);
    const [first] = await unpackedFiles(cache);
    const { mtimeMs } = await stat(at('cache', first!));
    await readSvhn(at(), { cache });
    expect((await stat(at('cache', first!))).mtimeMs).toBe(mtimeMs);
    await utimes(path, 1e9, 1e9);
    await readSvhn(at(), { cache });
    // The old one stays, since another data set may be reading it.
    const both = await unpackedFiles(cache);
    expect(both).toHaveLength(2);
    expect(both).toContain(first);
  });

  it('names file and byte wherever it is cut, and leaves nothing half unpacked', async () => {
    for (const compress of [true, false]) {
      const whole = matFile([images(2), labels([1, 2])], { compress });
      const y = whole.length - (compress ? 20 : 40);
      for (const length of [0, 60, 130, 140, 500, y, whole.length - 1]) {
        const path = await put(whole.subarray(0, length));
        const cache = at(`${compress}-${length}`);
        await mkdir(cache);
        const error: Error = await readSvhn(at(), { cache }).then(
          () => new Error('no error'),
          (e) => e,
        );
        expect(error).toBeInstanceOf(RangeError);
        expect(error.message).toMatch(/^readSvhn: '.*train_32x32\.mat' (breaks off|lacks an array)/);
        expect(error.message).toContain(path);
        expect(error.message).toMatch(/(at|starts at|bytes).*\d+.*; expected/);
        // The images may have been whole.
        if (length < y) expect(await unpackedFiles(cache)).toEqual([]);
      }
    }
    expect((await readdir(at(), { recursive: true })).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('names a file damaged inside the compressed images', async () => {
    const bytes = matFile([images(2), labels([1, 2])]);
    bytes.fill(0xff, 400, 440);
    const path = await put(bytes);
    await expect(readSvhn(at())).rejects.toThrow(
      new RegExp(
        `^readSvhn: '${path}' breaks off or is damaged at byte \\d+ of what byte 128 on unpacks to, got '`,
      ),
    );
    expect(await unpackedFiles()).toEqual([]);
    // A wrong checksum alone.
    const sum = matFile([labels([1, 2]), images(2)]);
    sum[sum.length - 1]! ^= 1;
    await put(sum);
    await expect(readSvhn(at())).rejects.toThrow('incorrect data check');
    expect(await unpackedFiles()).toEqual([]);
  });

  it('names foreign files', async () => {
    const path = await put(Buffer.from('not a MAT-file'.padEnd(500)));
    await expect(readSvhn(at())).rejects.toThrow(
      `readSvhn: '${path}' is no MAT-file: wrong bytes 124 to 127, got [32, 32, 32, 32]; expected the version 1, 0 and the letters I and M`,
    );
    await put(Buffer.from('MATLAB 7.3 MAT-file, Platform: GLNXA64'.padEnd(600)));
    await expect(readSvhn(at())).rejects.toThrow(
      "is a MAT-file of version 7.3, got 'MATLAB 7.3 MAT-file'; expected version 5",
    );
    await put(Buffer.concat([matFile([]), Buffer.from([99, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]));
    await expect(readSvhn(at())).rejects.toThrow(
      `'${path}' has no variable at byte 128, got {"type":99,"bytes":8}; expected a part of type 14 or 15`,
    );
    await put(matFile([labels([1, 2])]));
    await expect(readSvhn(at())).rejects.toThrow(
      `'${path}' lacks an array, got {"X":false,"y":true}; expected the arrays X and y`,
    );
    await put(matFile([{ ...images(1), dimensions: [32, 3, 32, 1] }, labels([1])]));
    await expect(readSvhn(at())).rejects.toThrow(
      `'${path}' has a wrong array 'X', got {"dimensions":[32,3,32,1],"isBytes":true}; expected bytes of 32x32x3xN`,
    );
    await put(matFile([{ ...images(1), kind: 'double' }, labels([1])]));
    await expect(readSvhn(at())).rejects.toThrow('"isBytes":false}; expected bytes of 32x32x3xN');
    await put(matFile([images(2), labels([1, 2, 3])]));
    await expect(readSvhn(at())).rejects.toThrow(
      `'${path}' does not have one label an image, got {"images":2,"labels":3}; expected as many of one as of the other`,
    );
  });

  it.each([
    ['uint8', true, 0, 'byte 2 of the unpacked array'],
    ['double', true, 1.5, 'byte 16 of the unpacked array'],
    ['uint8', false, 11, 'byte'],
  ] as const)('names a label that is none: %s', async (kind, compress, bad, where) => {
    const bytes = matFile([images(3), labels([1, 2, bad], kind)], { compress });
    const path = await put(bytes);
    const message = `readSvhn: '${path}' has a wrong label of image 2 in array 'y' at ${where}`;
    await expect(readSvhn(at())).rejects.toThrow(message);
    await expect(readSvhn(at())).rejects.toThrow(`got ${bad}; expected 1 to 10`);
    if (!compress) {
      const error: Error = await readSvhn(at()).catch((e) => e);
      const offset = Number(/at byte (\d+)/.exec(error.message)![1]);
      expect((await readFile(path))[offset]).toBe(bad);
    }
  });

  it('says what is there when the file is not, and why it cannot unpack', async () => {
    await expect(readSvhn(at())).rejects.toThrow(
      `readSvhn: '${at()}' holds no train images of SVHN, got []; put train_32x32.mat there`,
    );
    await expect(readSvhn(at('no'))).rejects.toThrow(`readSvhn: '${at('no')}' cannot be listed, got ENOENT`);
    const path = await put(matFile([images(1), labels([1])]));
    await mkdir(at('file')).then(() => writeFile(at('file', 'x'), ''));
    await expect(readSvhn(at(), { cache: at('file', 'x') })).rejects.toThrow(
      `readSvhn: '${path}' cannot be unpacked into '${at('file', 'x')}', got EEXIST`,
    );
    await expect(readSvhn(at(), { limit: 0 })).rejects.toThrow(
      'readSvhn: limit must be a whole number of at least 1',
    );
    await expect(readSvhn(at(), { split: 'valid' as never })).rejects.toThrow(
      "readSvhn: split must be 'train', 'test' or 'extra', got 'valid'",
    );
    await expect(readSvhn(at(), { cashe: at() } as never)).rejects.toThrow(
      "readSvhn: there is no such option, got 'cashe'; use split, limit, cache",
    );
  });

  it.each([true, false])(
    'reads 64-bit labels and passes over other variables (compressed: %s)',
    async (compress) => {
      const others = matFile([{ name: 'names', dimensions: [1, 2], kind: 'char', values: [65, 66] }], {
        compress,
      });
      // A cell array, whose content is an array that is none of ours.
      const cell = matFile([{ name: 'y', dimensions: [1, 1], kind: 'double', values: [1] }], {
        compress: false,
      });
      const nested = cellArray('cells', cell.subarray(128));
      const file = matFile([images(2), { ...labels([10, 7]), kind: 'int64' }], { compress });
      await put(Buffer.concat([file, others.subarray(128), nested, opaque()]));
      const dataset = await readSvhn(at());
      expect(Array.from((await dataset.read([0, 1])).labels)).toEqual([0, 7]);
      await put(matFile([images(2), { ...labels([2, 3]), kind: 'char' }], { compress }));
      await expect(readSvhn(at())).rejects.toThrow("no numbers for the 2x1 array 'y'");
    },
  );

  it('unpacks nothing before it knows that all is there and fits, and no more than the limit', async () => {
    await put(matFile([images(40)]));
    await expect(readSvhn(at())).rejects.toThrow('lacks an array');
    await put(matFile([images(40), labels([1, 2, 3])]));
    await expect(readSvhn(at(), { limit: 2 })).rejects.toThrow('{"images":40,"labels":3}');
    await put(matFile([images(3), labels([1, 2, 11])]));
    await expect(readSvhn(at())).rejects.toThrow('has a wrong label of image 2');
    expect(await readdir(at())).toEqual(['train_32x32.mat']);
    const first = await readSvhn(at(), { limit: 2 });
    const sizes = async () =>
      Promise.all((await unpackedFiles()).map(async (name) => (await stat(at(name))).size));
    expect(await sizes()).toEqual([2 * IMAGE]);
    await put(matFile([images(3), labels([1, 2, 10])]));
    const all = await readSvhn(at());
    expect((await first.read([1])).images).toEqual((await all.read([1])).images);
  });

  it('names what is wrong with a damaged file, whatever it is, and closes it', async () => {
    const open = async () => (await readdir('/proc/self/fd').catch(() => [])).length;
    const whole = [true, false].map((compress) => matFile([labels([1, 2]), images(2)], { compress }));
    const before = await open();
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (compressed, changes) => {
          const bytes = Buffer.from(whole[Number(compressed)]!);
          for (const [position, value] of changes) bytes[position] = value;
          await put(bytes);
          const error: unknown = await readSvhn(at(), { cache: at('cache') }).then(
            () => undefined,
            (e) => e,
          );
          if (error !== undefined) expect((error as Error).message).toMatch(/^readSvhn: '.*, got .*; /s);
        },
      ),
      { numRuns: 150 },
    );
    const empty = Buffer.concat([whole[0]!, Buffer.from([15, 0, 0, 0, 0, 0, 0, 0])]);
    const path = await put(empty);
    await expect(readSvhn(at())).rejects.toThrow(
      `readSvhn: '${path}' breaks off inside the variable that starts at`,
    );
    expect(await open()).toBe(before);
  });
});
