import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inMemory } from '../../../src/data';

const shape = [1, 2, 3] as const;

describe('inMemory', () => {
  it('reads the images asked for, in the order asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }), (indices) => {
        const images = Float32Array.from({ length: 30 }, (_, i) => i / 30);
        const dataset = inMemory({ name: 'five', images, labels: [4, 3, 2, 1, 0], shape, classes: 5 });
        const batch = dataset.read(indices);
        expect(Array.from(batch.labels)).toEqual(indices.map((i) => 4 - i));
        expect(Array.from(batch.images)).toEqual(
          indices.flatMap((i) => Array.from(images.subarray(i * 6, i * 6 + 6))),
        );
      }),
    );
  });

  it('takes each of the 256 bytes to the float nearest to byte / 255', () => {
    const images = Uint8Array.from({ length: 256 }, (_, i) => i);
    const dataset = inMemory({ name: 'bytes', images, labels: [0], shape: [16, 16, 1], classes: 1 });
    expect(dataset.read([0]).images).toEqual(Float32Array.from(images, (byte) => byte / 255));
  });

  it('hands out fresh memory at each reading', () => {
    const dataset = inMemory({
      name: 'one',
      images: new Float32Array(6).fill(0.5),
      labels: [0],
      shape,
      classes: 1,
    });
    const first = dataset.read([0]);
    first.images.fill(9);
    first.labels.fill(9);
    expect(dataset.read([0])).toEqual({ images: new Float32Array(6).fill(0.5), labels: Int32Array.of(0) });
  });

  it('applies a scale', () => {
    const images = Uint8Array.of(0, 4, 8, 12, 16, 16);
    const dataset = inMemory({ name: 'scaled', images, labels: [0], shape, classes: 1, scale: 1 / 16 });
    expect(Array.from(dataset.read([0]).images)).toEqual([0, 0.25, 0.5, 0.75, 1, 1]);
  });

  const good = { name: 'faulty', images: new Float32Array(12), labels: [0, 1], shape, classes: 2 };

  it.each<[string, Partial<Parameters<typeof inMemory>[0]>, string]>([
    [
      'too few pixels',
      { images: new Float32Array(11) },
      "inMemory: the number of pixels of 'faulty' does not fit its 2 labels and shape 1x2x3, got 11; pass 2 * 6 = 12 pixels",
    ],
    [
      'a label that is no class',
      { labels: [0, 2] },
      "inMemory: label 1 of 'faulty' is no class, got 2; pass labels from 0 to 1",
    ],
    [
      'a negative label',
      { labels: [-1, 0] },
      "inMemory: label 0 of 'faulty' is no class, got -1; pass labels from 0 to 1",
    ],
    [
      'a fractional label',
      { labels: [0, 0.5] },
      "inMemory: label 1 of 'faulty' is no class, got 0.5; pass labels from 0 to 1",
    ],
    [
      'pixels that were never scaled',
      { images: new Float32Array(12).fill(255, 6) },
      "inMemory: image 1 of 'faulty' has a pixel outside [0, 1] after scaling by 1, got 255; pass the scale that takes pixels to [0, 1], and leave normalisation to augmentation({ normalize })",
    ],
    [
      'bytes above what the scale allows',
      { images: new Uint8Array(12).fill(17), scale: 1 / 16 },
      "inMemory: image 0 of 'faulty' has a pixel outside [0, 1] after scaling by 0.0625, got 1.0625",
    ],
    [
      'normalised pixels',
      { images: new Float32Array(12).fill(-0.5, 3) },
      "inMemory: image 0 of 'faulty' has a pixel outside [0, 1] after scaling by 1, got -0.5",
    ],
    [
      'NaN',
      { images: new Float32Array(12).fill(Number.NaN, 11) },
      "inMemory: image 1 of 'faulty' has a pixel outside [0, 1] after scaling by 1, got NaN",
    ],
    ['a scale of 0', { scale: 0 }, 'inMemory: scale must be a finite number above 0, got 0'],
    [
      'a shape with a zero',
      { shape: [0, 2, 3] },
      'inMemory: shape must be [height, width, channels], got [0, 2, 3]; pass for example [32, 32, 3]',
    ],
    ['no classes', { classes: 0 }, 'inMemory: classes must be a positive integer, got 0'],
  ])('refuses %s', (_, fault, message) => {
    expect(() => inMemory({ ...good, ...fault })).toThrow(RangeError);
    expect(() => inMemory({ ...good, ...fault })).toThrow(message);
  });

  it.each<[string, object, string]>([
    [
      'a tensor',
      { images: { shape: [2, 6], dtype: 'float32' } },
      'inMemory: images must be a Uint8Array or a Float32Array',
    ],
    ['a list of pixels', { images: new Array(12).fill(0) }, 'inMemory: images must be a Uint8Array'],
    ['clamped bytes', { images: new Uint8ClampedArray(12) }, 'inMemory: images must be a Uint8Array'],
    ['one label', { labels: 1 }, 'inMemory: labels must be a list of numbers, got 1'],
    ['a text for labels', { labels: '01' }, "inMemory: labels must be a list of numbers, got '01'"],
    [
      'no name',
      { name: undefined },
      'inMemory: the argument must be a data set, with a name and read(indices)',
    ],
    ['another key', { label: [0] }, "inMemory: there is no such option, got 'label'; use name, images"],
  ])('refuses %s for an array', (_, fault, message) => {
    expect(() => inMemory({ ...good, ...fault })).toThrow(TypeError);
    expect(() => inMemory({ ...good, ...fault })).toThrow(message);
  });

  it.each([2, -1, 0.5, Number.NaN])('refuses to read image %s of two', (index) => {
    const dataset = inMemory(good);
    expect(() => dataset.read([0, index])).toThrow(
      `read: there is no such example in 'faulty', got ${index}; pass indices from 0 to 1`,
    );
  });
});
