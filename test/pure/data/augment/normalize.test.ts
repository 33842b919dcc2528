import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inMemory,
  measureNormalization,
  type Normalization,
  normalizations,
  normalize,
} from '../../../../src/data';
import { stream } from '../../../../src/random';
import { batches, eachPixel, pixels } from './support';

describe('normalize', () => {
  it('is (x - mean) / std of the channel', () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const channels = batch.shape[2];
        const mean = Array.from({ length: channels }, (_, c) => c / 10 - 0.1);
        const std = Array.from({ length: channels }, (_, c) => c / 5 + 0.1);
        const before = pixels(batch);
        const after = before.slice();
        normalize(after, batch.shape, { mean, std });
        eachPixel(batch, (at, _n, _y, _x, c) => {
          expect(after[at]).toBe(Math.fround((before[at]! - mean[c]!) / std[c]!));
        });
      }),
    );
  });

  it.each<[string, Normalization, string]>([
    [
      'another number of channels',
      { mean: [0.5], std: [0.2] },
      'normalize: the examples have 3 channels, got {"mean":[0.5],"std":[0.2]}; pass 3 means and stds',
    ],
    [
      'lists of different length',
      { mean: [0, 0, 0], std: [1] },
      'normalize: normalize needs a mean and a std for each channel, got {"mean":[0,0,0],"std":[1]}; pass lists of equal length, such as normalizations.cifar10',
    ],
    [
      'a deviation of 0',
      { mean: [0, 0, 0], std: [1, 0, 1] },
      'normalize: normalize.std must be positive numbers, got [1, 0, 1]; pass 1 for a channel that is constant',
    ],
    [
      'a mean that is no number',
      { mean: [0, Number.NaN, 0], std: [1, 1, 1] },
      'normalize: normalize.mean must be finite numbers, got [0, NaN, 0]; pass the mean of every channel',
    ],
  ])('refuses %s', (_, options, message) => {
    expect(() => normalize(new Float32Array(12), [2, 2, 3], options)).toThrow(message);
  });
});

describe('normalizations', () => {
  it.each(Object.entries(normalizations))('%s has three channels on (0, 1)', (_, { mean, std }) => {
    expect([mean.length, std.length]).toEqual([3, 3]);
    for (const value of [...mean, ...std]) expect(value > 0 && value < 1).toBe(true);
  });
});

describe('measureNormalization', () => {
  it('gives mean and population deviation of each channel', async () => {
    // Channel 0: 0, 1, 0, 1; channel 1: constant.
    const images = Float32Array.of(0, 0.5, 1, 0.5, 0, 0.5, 1, 0.5);
    const dataset = inMemory({ name: 'pair', images, labels: [0, 0], shape: [1, 2, 2], classes: 1 });
    expect(await measureNormalization(dataset)).toEqual({ mean: [0.5, 0.5], std: [0.5, 0] });
  });

  it('leads to zero mean and unit deviation, over more images than it reads at a time', async () => {
    const draws = stream(10, 'pixels').generator();
    const images = Uint8Array.from({ length: 700 * 12 }, (_, i) => draws.int(i % 3 === 0 ? 256 : 100));
    const shape = [2, 2, 3] as const;
    const dataset = inMemory({ name: 'noise', images, labels: new Uint8Array(700), shape, classes: 1 });
    const statistics = await measureNormalization(dataset);
    const all = dataset.read(Int32Array.from({ length: 700 }, (_, i) => i)).images;
    normalize(all, shape, statistics);
    for (let c = 0; c < 3; c++) {
      const channel = all.filter((_, i) => i % 3 === c);
      const mean = channel.reduce((a, b) => a + b, 0) / channel.length;
      const square = channel.reduce((a, b) => a + b * b, 0) / channel.length;
      expect(mean).toBeCloseTo(0, 6);
      expect(square).toBeCloseTo(1, 6);
    }
  });
});
