import * as tf from '@tensorflow/tfjs-core';
import type { Normalization } from '../../data';
import type { Picture } from './dataset';

/** Sides of a canvas are multiples of this many pixels, so that the pyramid's maps double. */
const MULTIPLE = 32;

const padded = (side: number) => Math.ceil(side / MULTIPLE) * MULTIPLE;

/** The smallest canvas that holds every picture. */
export const canvasOf = (pictures: readonly Picture[]): readonly [height: number, width: number] => [
  padded(Math.max(...pictures.map(({ height }) => height))),
  padded(Math.max(...pictures.map(({ width }) => width))),
];

/** Normalised pictures in the upper left corners of canvases of one size, zeros beyond: [N, H, W, 3]. */
export function canvases(
  pictures: readonly Picture[],
  flips: readonly boolean[],
  { mean, std }: Normalization,
): tf.Tensor4D {
  const [height, width] = canvasOf(pictures);
  const values = new Float32Array(pictures.length * height * width * 3);
  for (const [n, picture] of pictures.entries()) {
    for (let row = 0; row < picture.height; row++) {
      for (let column = 0; column < picture.width; column++) {
        const from = 3 * (row * picture.width + (flips[n] ? picture.width - 1 - column : column));
        const to = 3 * ((n * height + row) * width + column);
        for (let c = 0; c < 3; c++) values[to + c] = (picture.pixels[from + c]! / 255 - mean[c]!) / std[c]!;
      }
    }
  }
  return tf.tensor4d(values, [pictures.length, height, width, 3]);
}
