import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutout } from '../../../../src/data';
import { cutoutBox } from '../../../../src/data/augment/cutout';
import { batches, eachPixel, generator, pixels } from './support';

describe('cutout', () => {
  it('zeroes rows y - h to y + h and columns x - h to x + h, h = floor(length / 2), y drawn before x', () => {
    fc.assert(
      fc.property(batches, fc.nat(20), (batch, length) => {
        const before = pixels(batch);
        const after = before.slice();
        cutout(after, batch.shape, { length }, generator(batch.seed));
        const draws = generator(batch.seed);
        const [height, width] = batch.shape;
        const centres = Array.from({ length: batch.count }, () => {
          const y = draws.int(height);
          return [y, draws.int(width)] as const;
        });
        const half = Math.floor(length / 2);
        const expected = before.slice();
        eachPixel(batch, (at, n, y, x) => {
          const [cy, cx] = centres[n]!;
          if (y >= cy - half && y < cy + half && x >= cx - half && x < cx + half) expected[at] = 0;
        });
        expect(after).toEqual(expected);
      }),
    );
  });

  it('has its centre uniform over the image, so the mean area follows', () => {
    const images = new Float32Array(4000 * 64).fill(1);
    cutout(images, [8, 8, 1], { length: 4 }, generator(10));
    const zeros = images.reduce((count, value) => count + (value === 0 ? 1 : 0), 0) / 4000;
    // Heights 2, 3, 4, 4, 4, 4, 4, 3 for y = 0 .. 7: mean 3.5, variance 0.5, and the same for widths.
    const deviation = Math.sqrt((0.5 + 3.5 ** 2) ** 2 - 3.5 ** 4);
    expect(Math.abs(zeros - 3.5 ** 2)).toBeLessThan((4 * deviation) / Math.sqrt(4000));
  });

  it('never leaves the image', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(9), fc.nat(30), (y, x, length) => {
        const { top, bottom, left, right } = cutoutBox(10, 10, length, y, x);
        expect(top >= 0 && bottom <= 10 && left >= 0 && right <= 10).toBe(true);
        expect(top <= bottom && left <= right).toBe(true);
      }),
    );
  });

  it.each([-2, 0.5])('refuses a length of %s', (length) => {
    expect(() => cutout(new Float32Array(4), [2, 2, 1], { length }, generator(0))).toThrow(
      `cutout: length must be a whole number of at least 0, got ${length}`,
    );
  });
});
