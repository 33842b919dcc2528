import { checkOptions, type OptionKeys, rangeError } from '../../errors';
import type { Generator } from '../../random';
import { checkWhole, sizeOf } from '../check';
import type { Maps } from './maps';
import type { CropOptions } from './options';

const KEYS = { padding: true } satisfies OptionKeys<CropOptions>;

/**
 * Throws unless `options` describe a crop, which of examples of `shape`, if given, always leaves something.
 *
 * @returns Padding of every axis but the last.
 */
export function checkCrop(
  fn: string,
  options: CropOptions,
  shape: readonly number[] = [],
): readonly number[] {
  checkOptions(`${fn}, crop`, options, KEYS);
  const { padding } = options;
  const sides = shape.slice(0, -1);
  const paddings: readonly number[] = Array.isArray(padding) ? padding : sides.map(() => padding as number);
  for (const side of [padding, ...paddings].flat()) checkWhole(fn, 'crop.padding', side, 0, 4);
  if (shape.length > 0 && (paddings.length !== sides.length || sides.length === 0))
    throw rangeError(
      fn,
      `crop.padding must be one number, or one for each axis of ${shape.join('x')} but the last`,
      padding,
      sides.length === 0 ? 'leave the crop out' : `pass ${sides.length} of them`,
    );
  if (sides.some((side, axis) => paddings[axis]! > side - 1)) {
    const most = sides.map((side, axis) => Math.min(paddings[axis]!, side - 1));
    throw rangeError(
      fn,
      `with this crop.padding an example of ${shape.join('x')} can be lost whole`,
      padding,
      `pass at most [${most.join(', ')}]`,
    );
  }
  return paddings;
}

/** Moves an example in place, zeros where nothing comes from: out(p) = in(p + offset) on every axis but the last. */
function move(example: Float32Array, shape: readonly number[], offsets: readonly number[]): void {
  const source = example.slice();
  example.fill(0);
  const copy = (axis: number, from: number, to: number) => {
    const [side, offset] = [shape[axis]!, offsets[axis]!];
    const step = sizeOf(shape.slice(axis + 1));
    const [low, high] = [Math.max(0, -offset), Math.min(side, side - offset)];
    if (axis === offsets.length - 1)
      example.set(
        source.subarray(from + (low + offset) * step, from + (high + offset) * step),
        to + low * step,
      );
    else for (let p = low; p < high; p++) copy(axis + 1, from + (p + offset) * step, to + p * step);
  };
  copy(0, 0, 0);
}

/**
 * Pads every example with zeros and crops it back to its size at a random place, in place: of pictures
 * out(y, x) = in(y + dy, x + dx) with dy uniform on [-padding, padding] of the height, dx of the width.
 *
 * Draws dy, then dx, an image: an offset for each axis but the last. Meant for pixels before normalisation, where 0 is black.
 *
 * Source: torchvision's `RandomCrop(size, padding)`, which DARTS uses on CIFAR.
 *
 * @param images - The examples, pictures NHWC.
 * @param maps - Targets that move with them. Default none.
 * @throws RangeError if the padding is not less than the side of the example.
 */
export function randomCrop(
  images: Float32Array,
  shape: readonly number[],
  options: CropOptions,
  generator: Generator,
  maps?: Maps,
): void {
  const paddings = checkCrop('randomCrop', options, shape);
  const size = sizeOf(shape);
  for (let start = 0; start < images.length; start += size) {
    const offsets = paddings.map((padding) => generator.int(2 * padding + 1) - padding);
    move(images.subarray(start, start + size), shape, offsets);
    if (maps) move(maps.at(start / size), maps.shape, offsets);
  }
}
