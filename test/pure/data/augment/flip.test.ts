import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFlip } from '../../../../src/data';
import { batches, eachPixel, generator, pixels } from './support';

describe('randomFlip', () => {
  it('mirrors an image left to right when its draw is below a half', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const before = pixels(batch);
        const after = before.slice();
        randomFlip(after, batch.shape, generator(batch.seed));
        const draws = generator(batch.seed);
        const flipped = Array.from({ length: batch.count }, () => draws.uniform() < 0.5);
        const [height, width, channels] = batch.shape;
        const expected = new Float32Array(before.length);
        eachPixel(batch, (at, n, y, x, c) => {
          const sx = flipped[n] ? width - 1 - x : x;
          expected[at] = before[((n * height + y) * width + sx) * channels + c]!;
        });
        expect(after).toEqual(expected);
      }),
    );
  });

  it('undoes itself', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const images = pixels(batch);
        randomFlip(images, batch.shape, generator(batch.seed));
        randomFlip(images, batch.shape, generator(batch.seed));
        expect(images).toEqual(pixels(batch));
      }),
    );
  });

  it('flips half of the images', () => {
    const images = Float32Array.from({ length: 8000 }, (_, i) => i % 2);
    randomFlip(images, [1, 2, 1], generator(10));
    let flips = 0;
    for (let i = 0; i < images.length; i += 2) flips += images[i]!;
    // Binomial(4000, 1/2): mean 2000, standard deviation 31.6.
    expect(Math.abs(flips - 2000)).toBeLessThan(4 * Math.sqrt(1000));
  });
});
