import { rangeError } from '../errors';
import type { ImageShape } from './dataset';

/** Throws unless `value` is an integer of at least `least`. */
export function checkWhole(fn: string, what: string, value: number, least: number, example: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw rangeError(
      fn,
      `${what} must be a whole number of at least ${least}`,
      value,
      `pass for example ${example}`,
    );
  }
}

/** Throws unless `shape` is three positive integers. */
export function checkShape(fn: string, shape: ImageShape): void {
  if (shape.length !== 3 || !shape.every((side) => Number.isInteger(side) && side > 0)) {
    throw rangeError(fn, 'shape must be [height, width, channels]', shape, 'pass for example [32, 32, 3]');
  }
}

/** Throws unless `index` names an image of a data set. */
export function checkIndex(fn: string, name: string, size: number, index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw rangeError(fn, `there is no such image in '${name}'`, index, `pass indices from 0 to ${size - 1}`);
  }
}
