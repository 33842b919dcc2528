import fc from 'fast-check';
import type { ImageShape } from '../../../../src/data';
import { type Generator, stream } from '../../../../src/random';

const side = fc.integer({ min: 1, max: 7 });

/** A batch of images with any finite pixels, also outside [0, 1], and a seed. */
export const batches = fc.record({
  shape: fc.tuple(side, side, fc.integer({ min: 1, max: 4 })) as fc.Arbitrary<ImageShape>,
  count: fc.integer({ min: 0, max: 4 }),
  seed: fc.integer(),
});

/** Distinct, non-zero pixels, some below 0 and some above 1. */
export function pixels({ shape, count }: { shape: ImageShape; count: number }): Float32Array {
  const length = count * shape[0] * shape[1] * shape[2];
  return Float32Array.from({ length }, (_, i) => (i - length / 2 + 0.25) / 3);
}

export function generator(seed: number): Generator {
  return stream(seed, 'augment').generator();
}

/** Calls `visit` for every element of a batch, with its place. */
export function eachPixel(
  { shape: [height, width, channels], count }: { shape: ImageShape; count: number },
  visit: (at: number, n: number, y: number, x: number, c: number) => void,
): void {
  let at = 0;
  for (let n = 0; n < count; n++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) visit(at++, n, y, x, c);
}

/** A padding of a crop that leaves a part of every image, at most the given one. */
export const within = (shape: ImageShape, padding: number): readonly [number, number] => [
  Math.min(padding, shape[0] - 1),
  Math.min(padding, shape[1] - 1),
];
