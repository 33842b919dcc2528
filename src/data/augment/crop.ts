import { checkOptions, type OptionKeys, rangeError, requireKind } from '../../errors';
import type { Generator } from '../../random';
import { sizeOf } from '../shape';
import { copyBox } from './box';
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
  for (const side of [padding, ...paddings].flat()) requireKind(fn, 'crop.padding', side, 'whole');
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
function move(
  example: Float32Array,
  shape: readonly number[],
  offsets: readonly number[],
  copy: Float32Array,
): void {
  copy.set(example);
  example.fill(0);
  const box = offsets.map((offset, axis) => {
    const side = shape[axis]!;
    return [Math.max(0, -offset), Math.min(side, side - offset)] as const;
  });
  copyBox(copy, example, shape, box, offsets);
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
  const copies = [shape, maps?.shape ?? []].map((sides) => new Float32Array(sizeOf(sides)));
  for (let start = 0; start < images.length; start += size) {
    const offsets = paddings.map((padding) => generator.int(2 * padding + 1) - padding);
    move(images.subarray(start, start + size), shape, offsets, copies[0]!);
    if (maps) move(maps.at(start / size), maps.shape, offsets, copies[1]!);
  }
}
