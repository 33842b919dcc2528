import * as tf from '@tensorflow/tfjs-core';

/**
 * `x`, as one of the two matrices of a product that sums over `length` numbers.
 *
 * tfjs's webgl backend keeps two by two numbers in a texel and multiplies whole texels. Beside an odd row or below an odd
 * column `add` and its like leave numbers that then count; zeros in one of the two matrices are enough, and division
 * alone puts them there.
 */
export function bounded<T extends tf.Tensor>(x: T, length: number): T {
  return tf.getBackend() === 'webgl' && length % 2 === 1 ? tf.div(x, 1) : x;
}
