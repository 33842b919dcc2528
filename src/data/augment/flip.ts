import { requireList } from '../../errors';
import type { Generator } from '../../random';
import type { ImageShape } from '../dataset';

/**
 * Mirrors every image left to right with probability 1/2, in place. One draw an image.
 *
 * Source: torchvision's `RandomHorizontalFlip()`.
 *
 * @param images - NHWC.
 */
export function randomFlip(images: Float32Array, shape: ImageShape, generator: Generator): void {
  requireList('randomFlip', 'the shape', shape, 'pass [height, width, channels]');
  const [height, width, channels] = shape;
  const row = width * channels;
  for (let start = 0; start < images.length; start += height * row) {
    if (generator.uniform() >= 0.5) continue;
    for (let y = start; y < start + height * row; y += row) {
      for (let left = 0, right = width - 1; left < right; left++, right--) {
        for (let c = 0; c < channels; c++) {
          const a = y + left * channels + c;
          const b = y + right * channels + c;
          const held = images[a]!;
          images[a] = images[b]!;
          images[b] = held;
        }
      }
    }
  }
}
