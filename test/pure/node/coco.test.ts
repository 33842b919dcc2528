import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCoco } from 'noisydarts/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const instances = {
  images: [{ id: 5, file_name: 'a.png', width: 40, height: 20 }],
  categories: [{ id: 90, name: 'thing' }],
  annotations: [{ id: 1, image_id: 5, category_id: 90, bbox: [0, 0, 10, 10], area: 100, iscrowd: 0 }],
};

describe('readCoco', () => {
  let folder = '';
  const file = async (content: unknown) => {
    const path = join(folder, 'instances.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const withBox = (bbox: number[]) => ({
    ...instances,
    annotations: [{ ...instances.annotations[0]!, bbox }],
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coco-'));
    await sharp({ create: { width: 40, height: 20, channels: 3, background: { r: 255, g: 0, b: 9 } } })
      .png()
      .toFile(join(folder, 'a.png'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads pictures as large as both limits allow, with their ratio kept', async () => {
    const path = await file(instances);
    const sizes = [
      [{ short: 10, long: 100 }, [10, 20]],
      [{ short: 100, long: 60 }, [30, 60]],
    ] as const;
    for (const [limits, [height, width]] of sizes) {
      const picture = await (await readCoco(path, folder, limits)).read(0);
      expect(picture).toMatchObject({ height, width });
      expect(picture.pixels).toHaveLength(3 * height * width);
      expect([...(picture.pixels as Uint8Array).subarray(0, 3)]).toEqual([255, 0, 9]);
    }
  });

  it('names what is damaged', async () => {
    const read = async (content: unknown, options = {}) => readCoco(await file(content), folder, options);
    await expect(read('{"images": [')).rejects.toThrow(
      /^readCoco: '.*instances.json' must hold JSON, got .* 12 char/,
    );
    await expect(read({ ...instances, images: [] })).rejects.toThrow(
      /annotation 1 of image 5 is of an image/,
    );
    await expect(read(withBox([1, 1, 0, 5]))).rejects.toThrow(
      /annotation 1 in '.*' has no size, got \[1, 1, 0, 5\]/,
    );
    await expect(read(withBox([35, 1, 20, 5]))).rejects.toThrow(/must lie in its picture of 40x20/);
    expect((await read(withBox([1, 1, 0, 5]), { badBoxes: 'skip' })).instances.annotations).toEqual([]);
    const named = (file_name: string, width = 40) => ({
      ...instances,
      images: [{ ...instances.images[0]!, file_name, width }],
    });
    await expect(read(named('b.png'))).rejects.toThrow(/lacks pictures of .*, got 'b.png'/);
    await expect((await read(named('a.png', 41))).read(0)).rejects.toThrow(
      /40x20 where its entry says 41x20/,
    );
    await writeFile(join(folder, 'cut.png'), 'no picture');
    await expect((await read(named('cut.png'))).read(0)).rejects.toThrow(/'.*cut.png' cannot be used/);
    await expect(readCoco('missing.json', folder)).rejects.toThrow(/'missing.json' cannot be read/);
    await expect(readCoco(3 as never, folder)).rejects.toThrow(/^readCoco: annotations must be/);
  });
});
