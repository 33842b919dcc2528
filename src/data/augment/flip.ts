import { requireList } from '../../errors';
import type { Generator } from '../../random';
import { sizeOf } from '../shape';
import type { Maps } from './maps';

/**
 * Mirrors every image left to right with probability 1/2, in place. One draw an image.
 *
 * Source: torchvision's `RandomHorizontalFlip()`.
 *
 * @param images - NHWC.
 * @param maps - Targets that are mirrored with them. Default none.
 */
export function randomFlip(
  images: Float32Array,
  shape: readonly number[],
  generator: Generator,
  maps?: Maps,
): void {
  requireList('randomFlip', 'the shape', shape, 'pass [height, width, channels]');
  const size = sizeOf(shape);
  for (let start = 0; start < images.length; start += size) {
    if (generator.uniform() >= 0.5) continue;
    mirror(images.subarray(start, start + size), shape);
    if (maps) mirror(maps.at(start / size), maps.shape);
  }
}

function mirror(image: Float32Array, shape: readonly number[]): void {
  const [, width, channels] = shape as readonly [number, number, number];
  const row = width * channels;
  for (let y = 0; y < image.length; y += row) {
    for (let left = 0, right = width - 1; left < right; left++, right--) {
      for (let c = 0; c < channels; c++) {
        const a = y + left * channels + c;
        const b = y + right * channels + c;
        const held = image[a]!;
        image[a] = image[b]!;
        image[b] = held;
      }
    }
  }
}
