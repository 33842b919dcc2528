import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AugmentationOptions,
  augmentation,
  cutout,
  normalizations,
  normalize,
  randomCrop,
  randomFlip,
} from '../../../../src/data';
import { batches, generator, pixels, within } from './support';

const paper: AugmentationOptions = {
  crop: { padding: 4 },
  flip: true,
  normalize: normalizations.cifar10,
  cutout: { length: 16 },
};

describe('augmentation', () => {
  it('crops, flips, normalises and cuts out, in this order, from one generator', () => {
    fc.assert(
      fc.property(batches, fc.nat(3), fc.nat(6), (batch, padding, length) => {
        const { shape, seed } = batch;
        const crop = { padding: within(shape, padding) };
        const statistics = {
          mean: Array.from({ length: shape[2] }, (_, c) => 0.3 + c / 10),
          std: Array.from({ length: shape[2] }, (_, c) => 0.2 + c / 10),
        };
        const together = pixels(batch);
        const options = { crop, flip: true, normalize: statistics, cutout: { length } };
        augmentation(options).apply(together, shape, generator(seed));
        const apart = pixels(batch);
        const draws = generator(seed);
        randomCrop(apart, shape, crop, draws);
        randomFlip(apart, shape, draws);
        normalize(apart, shape, statistics);
        cutout(apart, shape, { length }, draws);
        expect(together).toEqual(apart);
      }),
    );
  });

  it('pads with black and cuts out with the mean', () => {
    const { mean, std } = normalizations.cifar10;
    const black = mean.map((m, c) => Math.fround(-m / std[c]!));
    const white = mean.map((m, c) => Math.fround((1 - m) / std[c]!));
    const images = new Float32Array(50 * 3072).fill(1);
    augmentation(paper).apply(images, [32, 32, 3], generator(10));
    for (let c = 0; c < 3; c++) {
      const seen = new Set(images.filter((_, i) => i % 3 === c));
      expect(seen).toEqual(new Set([black[c], white[c], 0]));
    }
  });

  it('survives JSON', () => {
    const twin = augmentation(JSON.parse(JSON.stringify(augmentation(paper).options)));
    const [a, b] = [new Float32Array(6144).fill(0.7), new Float32Array(6144).fill(0.7)];
    augmentation(paper).apply(a, [32, 32, 3], generator(1));
    twin.apply(b, [32, 32, 3], generator(1));
    expect(a).toEqual(b);
  });

  it('does nothing and draws nothing when nothing is asked for', () => {
    const images = Float32Array.of(0.1, 0.2, 0.3, 0.4);
    const draws = generator(1);
    augmentation({}).apply(images, [2, 2, 1], draws);
    augmentation({ flip: false }).apply(images, [2, 2, 1], draws);
    expect(images).toEqual(Float32Array.of(0.1, 0.2, 0.3, 0.4));
    expect(draws.state()).toEqual(generator(1).state());
  });

  it('gives every image draws of its own', () => {
    const images = new Float32Array(64 * 81);
    for (let n = 0; n < 64; n++) images[n * 81 + 40] = 1;
    augmentation({ crop: { padding: 4 } }).apply(images, [9, 9, 1], generator(3));
    const places = new Set(
      Array.from({ length: 64 }, (_, n) => images.subarray(n * 81, n * 81 + 81).indexOf(1)),
    );
    expect(places.size).toBeGreaterThan(30);
  });

  it.each([
    [{ crop: { pad: 4 } }, "augmentation, crop: there is no such option, got 'pad'; use padding"],
    [{ cutout: { size: 4 } }, "augmentation, cutout: there is no such option, got 'size'; use length"],
    [
      { normalize: { mean: [0], std: [1], eps: 1 } },
      "augmentation, normalize: there is no such option, got 'eps'; use mean, std",
    ],
    [{ crop: 4 }, 'augmentation, crop: the options must be an object, got 4; pass { padding }'],
    [{ normalize: { mean: 0.5, std: 1 } }, 'augmentation: normalize needs a mean and a std for each channel'],
    [{ flip: 0.5 }, 'augmentation: flip must be true or false, got 0.5'],
    [() => 0, 'augmentation: the options must be an object, got function'],
  ])('refuses %o', (options, message) => {
    expect(() => augmentation(options as never)).toThrow(message);
  });

  it('names a wrong setting', () => {
    expect(() => augmentation({ crop: { padding: -4 } })).toThrow(
      'augmentation: crop.padding must be a whole number of at least 0, got -4; correct it',
    );
    expect(() => augmentation({ cutout: { length: 2.5 } })).toThrow(
      'augmentation, cutout: length must be a whole number of at least 0, got 2.5',
    );
    expect(() => augmentation({ normalize: { mean: [0], std: [0] } })).toThrow(
      'augmentation: normalize.std must be positive numbers, got [0]; pass 1 for a channel that is constant',
    );
    expect(() => augmentation(JSON.parse('{"cutOut":{"length":16}}'))).toThrow(TypeError);
    expect(() => augmentation(JSON.parse('{"cutOut":{"length":16}}'))).toThrow(
      "augmentation: there is no such option, got 'cutOut'; use crop, flip, own, normalize, cutout, mixup, cutmix",
    );
    expect(() => augmentation(paper).apply(new Float32Array(3073), [32, 32, 3], generator(0))).toThrow(
      'augmentation: the batch does not hold whole examples, got 3073; pass a multiple of 32x32x3 numbers',
    );
  });
});
