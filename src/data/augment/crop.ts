import { checkOptions, type OptionKeys, rangeError } from '../../errors';
import type { Generator } from '../../random';
import { checkWhole } from '../check';
import type { ImageShape } from '../dataset';
import type { CropOptions } from './options';

const KEYS = { padding: true } satisfies OptionKeys<CropOptions>;

/**
 * Throws unless `options` describe a crop, which of images of `shape`, if given, always leaves something.
 *
 * @returns Padding of height and width.
 */
export function checkCrop(fn: string, options: CropOptions, shape?: ImageShape): readonly [number, number] {
  checkOptions(`${fn}, crop`, options, KEYS);
  const { padding } = options;
  const [height, width, ...more] = Array.isArray(padding) ? padding : [padding, padding];
  for (const side of [height, width, ...more]) checkWhole(fn, 'crop.padding', side, 0, 4);
  if (more.length > 0)
    throw rangeError(fn, 'crop.padding must be one number or two', padding, 'pass [height, width]');
  if (shape && (height > shape[0] - 1 || width > shape[1] - 1)) {
    const [mostHigh, mostWide] = [Math.min(height, shape[0] - 1), Math.min(width, shape[1] - 1)];
    throw rangeError(
      fn,
      `with this crop.padding an image of ${shape.join('x')} can be lost whole`,
      padding,
      `pass at most [${mostHigh}, ${mostWide}]`,
    );
  }
  return [height, width];
}

/**
 * Pads every image with zeros and crops it back to its size at a random place, in place: out(y, x) = in(y + dy, x + dx)
 * with dy uniform on [-padding, padding] of the height, dx of the width.
 *
 * Draws dy, then dx, an image. Meant for pixels before normalisation, where 0 is black.
 *
 * Source: torchvision's `RandomCrop(size, padding)`, which DARTS uses on CIFAR.
 *
 * @param images - NHWC.
 * @throws RangeError if the padding is not less than the side of the image.
 */
export function randomCrop(
  images: Float32Array,
  shape: ImageShape,
  options: CropOptions,
  generator: Generator,
): void {
  const [padHeight, padWidth] = checkCrop('randomCrop', options, shape);
  const [height, width, channels] = shape;
  const row = width * channels;
  const source = new Float32Array(height * row);
  for (let start = 0; start < images.length; start += source.length) {
    const dy = generator.int(2 * padHeight + 1) - padHeight;
    const dx = generator.int(2 * padWidth + 1) - padWidth;
    const image = images.subarray(start, start + source.length);
    source.set(image);
    image.fill(0);
    const left = Math.max(0, dx);
    const right = Math.min(width, width + dx);
    for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
      const from = (y + dy) * row;
      image.set(
        source.subarray(from + left * channels, from + right * channels),
        y * row + (left - dx) * channels,
      );
    }
  }
}
