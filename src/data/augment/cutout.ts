import { checkOptions, type OptionKeys } from '../../errors';
import type { Generator } from '../../random';
import type { ImageShape } from '../dataset';
import { optionOf } from './option-of';
import type { CutoutOptions } from './options';

/** Rows and columns of a box; the ends are not included. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

const KEYS = { length: 'whole' } satisfies OptionKeys<CutoutOptions>;

/** Throws unless `options` describe a cutout. */
export function checkCutout(fn: string, options: CutoutOptions): void {
  checkOptions(optionOf(fn, 'cutout'), options, KEYS, true);
}

/** The square of `length` around (y, x), cut off at the border of the image. */
export function cutoutBox(height: number, width: number, length: number, y: number, x: number): Box {
  const half = Math.floor(length / 2);
  return {
    top: Math.max(0, y - half),
    bottom: Math.min(height, y + half),
    left: Math.max(0, x - half),
    right: Math.min(width, x + half),
  };
}

/**
 * Sets a square of every image to zero, in place; its centre is uniform over the image, so part of it may fall outside.
 *
 * Draws y, then x, an image. Meant for pixels after normalisation, where 0 is the mean.
 *
 * Source: DeVries & Taylor, "Improved regularization of convolutional neural networks with cutout" (2017), in the
 * form of the DARTS code.
 *
 * @param images - NHWC.
 */
export function cutout(
  images: Float32Array,
  shape: ImageShape,
  options: CutoutOptions,
  generator: Generator,
): void {
  checkCutout('cutout', options);
  const [height, width, channels] = shape;
  const row = width * channels;
  for (let start = 0; start < images.length; start += height * row) {
    const y = generator.int(height);
    const x = generator.int(width);
    const { top, bottom, left, right } = cutoutBox(height, width, options.length, y, x);
    for (let at = top; at < bottom; at++) {
      images.fill(0, start + at * row + left * channels, start + at * row + right * channels);
    }
  }
}
