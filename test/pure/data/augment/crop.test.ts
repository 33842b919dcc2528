import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CropOptions, type ImageShape, randomCrop } from '../../../../src/data';
import { batches, eachPixel, generator, pixels, within } from './support';

describe('randomCrop', () => {
  it('is out(y, x) = in(y + dy, x + dx), zero outside, dy drawn before dx', () => {
    fc.assert(
      fc.property(batches, fc.nat(9), (batch, most) => {
        const [padHeight, padWidth] = within(batch.shape, most);
        const padding = padHeight === padWidth ? padHeight : ([padHeight, padWidth] as const);
        const before = pixels(batch);
        const after = before.slice();
        randomCrop(after, batch.shape, { padding }, generator(batch.seed));
        const draws = generator(batch.seed);
        const offsets = Array.from({ length: batch.count }, () => {
          const dy = draws.int(2 * padHeight + 1) - padHeight;
          return [dy, draws.int(2 * padWidth + 1) - padWidth] as const;
        });
        const [height, width, channels] = batch.shape;
        const expected = new Float32Array(before.length);
        eachPixel(batch, (at, n, y, x, c) => {
          const [sy, sx] = [y + offsets[n]![0], x + offsets[n]![1]];
          const inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
          expected[at] = inside ? before[((n * height + sy) * width + sx) * channels + c]! : 0;
        });
        expect(after).toEqual(expected);
      }),
    );
  });

  it('visits all 81 offsets of padding 4 equally often', () => {
    const draws = 8100;
    // One bright pixel in the middle of a 9x9 image shows the offset.
    const images = new Float32Array(draws * 81);
    for (let n = 0; n < draws; n++) images[n * 81 + 40] = 1;
    randomCrop(images, [9, 9, 1], { padding: 4 }, generator(10));
    const counts = new Array<number>(81).fill(0);
    for (let n = 0; n < draws; n++) counts[images.subarray(n * 81, (n + 1) * 81).indexOf(1)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    // 80 degrees of freedom: mean 80, standard deviation 12.6.
    expect(chiSquare).toBeLessThan(80 + 5 * Math.sqrt(160));
    expect(chiSquare).toBeGreaterThan(80 - 5 * Math.sqrt(160));
  });

  it('refuses a padding that can lose an image whole, and never loses one with less', () => {
    const crop = (shape: ImageShape, padding: CropOptions['padding']) => {
      const pixels = shape[0] * shape[1];
      const images = new Float32Array(100 * pixels).fill(1);
      randomCrop(images, shape, { padding }, generator(0));
      return Array.from({ length: 100 }, (_, n) => images.subarray(n * pixels, (n + 1) * pixels));
    };
    for (const [shape, padding, most] of [
      [[64, 1, 1], 4, [4, 0]],
      [[1, 64, 1], 4, [0, 4]],
      [[4, 4, 1], 4, [3, 3]],
      [
        [9, 2, 1],
        [9, 1],
        [8, 1],
      ],
    ] as const) {
      expect(() => crop(shape, padding)).toThrow(
        new RegExp(
          `^randomCrop: with this crop.padding an example of .* lost whole, got .*at most \\[${most.join(', ')}\\]$`,
        ),
      );
      expect(crop(shape, most).every((image) => image.includes(1))).toBe(true);
    }
  });

  it.each([[[1, 2, 3]], [[4]], ['4'], [null], [undefined]])('refuses a padding of %o', (padding) => {
    expect(() =>
      randomCrop(new Float32Array(64), [8, 8, 1], { padding: padding as never }, generator(0)),
    ).toThrow('randomCrop: crop.padding must be');
  });

  it.each([-1, 1.5, Number.NaN])('refuses a padding of %s', (padding) => {
    expect(() => randomCrop(new Float32Array(4), [2, 2, 1], { padding }, generator(0))).toThrow(
      `randomCrop: crop.padding must be a whole number of at least 0, got ${padding}; correct it`,
    );
  });
});
