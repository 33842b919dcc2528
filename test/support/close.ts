import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** The largest difference of two lists, as a share of the largest number of the second (or of 1, if smaller). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new Error(`relativeError: ${actual.length} numbers, expected ${expected.length}`);
  }
  let worst = 0;
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= worst)) worst = difference;
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst / scale;
}

/** Expects a tensor to hold these numbers, up to the rounding of single precision. */
export function expectNear(actual: Tensor, expected: ArrayLike<number>, tolerance = 2e-5): void {
  expect(relativeError(actual.dataSync(), expected)).toBeLessThan(tolerance);
}
