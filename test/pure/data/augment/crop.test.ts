import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCrop } from '../../../../src/data';
import { batches, eachPixel, generator, pixels } from './support';

describe('randomCrop', () => {
  it('is out(y, x) = in(y + dy, x + dx), zero outside, dy drawn before dx', () => {
    fc.assert(
      fc.property(batches, fc.nat(9), (batch, padding) => {
        const before = pixels(batch);
        const after = before.slice();
        randomCrop(after, batch.shape, { padding }, generator(batch.seed));
        const draws = generator(batch.seed);
        const offsets = Array.from({ length: batch.count }, () => {
          const dy = draws.int(2 * padding + 1) - padding;
          return [dy, draws.int(2 * padding + 1) - padding] as const;
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

  it.each([-1, 1.5, Number.NaN])('refuses a padding of %s', (padding) => {
    expect(() => randomCrop(new Float32Array(4), [2, 2, 1], { padding }, generator(0))).toThrow(
      `randomCrop: crop.padding must be a whole number of at least 0, got ${padding}; pass for example 4`,
    );
  });
});
