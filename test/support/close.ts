import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** The element of a list that is farthest from what is expected, and by how much; a number that is not one is farthest. */
function worst(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  least: number,
): { readonly error: number; readonly at: number } {
  let [difference, at, scale] = [0, 0, least];
  for (let i = 0; i < expected.length; i++) {
    const here = Math.abs(actual[i]! - expected[i]!);
    if (!(here <= difference) && !Number.isNaN(difference)) [difference, at] = [here, i];
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return { error: difference / scale, at };
}

/**
 * What is wrong with a list, in words: nothing, or its worst element. Differences are shares of the largest number
 * expected, or of `least` if that is smaller.
 */
export function farthest(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  least = 1,
): string[] {
  if (actual.length !== expected.length) {
    return [`${name}: ${actual.length} numbers, expected ${expected.length}`];
  }
  const { error, at } = worst(actual, expected, least);
  if (error < tolerance) return [];
  return [
    `${name}[${at}]: ${actual[at]}, expected ${expected[at]}; off by ${error.toPrecision(2)}, not below ${tolerance}`,
  ];
}

/** Expects a tensor to hold these numbers, up to the rounding of single precision. */
export function expectNear(actual: Tensor, expected: ArrayLike<number>, tolerance = 2e-5): void {
  const off = farthest('tensor', actual.dataSync(), expected, tolerance);
  expect(off, off.join()).toEqual([]);
}
