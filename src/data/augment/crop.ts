import type { Generator } from '../../random';
import { checkWhole } from '../check';
import type { ImageShape } from '../dataset';
import type { CropOptions } from './options';

/** Throws unless `options` describe a crop. */
export function checkCrop(fn: string, { padding }: CropOptions): void {
  checkWhole(fn, 'crop.padding', padding, 0, 4);
}

/**
 * Pads every image with zeros and crops it back to its size at a random place, in place: out(y, x) = in(y + dy, x + dx)
 * with dy, dx uniform on [-padding, padding].
 *
 * Draws dy, then dx, an image. Meant for pixels before normalisation, where 0 is black.
 *
 * Source: torchvision's `RandomCrop(size, padding)`, which DARTS uses on CIFAR.
 *
 * @param images - NHWC.
 */
export function randomCrop(
  images: Float32Array,
  shape: ImageShape,
  options: CropOptions,
  generator: Generator,
): void {
  checkCrop('randomCrop', options);
  const { padding } = options;
  const [height, width, channels] = shape;
  const row = width * channels;
  const source = new Float32Array(height * row);
  for (let start = 0; start < images.length; start += source.length) {
    const dy = generator.int(2 * padding + 1) - padding;
    const dx = generator.int(2 * padding + 1) - padding;
    const image = images.subarray(start, start + source.length);
    source.set(image);
    image.fill(0);
    const left = Math.max(0, dx);
    const right = Math.min(width, width + dx);
    if (left >= right) continue;
    for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
      const from = (y + dy) * row;
      image.set(
        source.subarray(from + left * channels, from + right * channels),
        y * row + (left - dx) * channels,
      );
    }
  }
}
