import * as tf from '@tensorflow/tfjs-core';
import { requireTensor } from '../errors';
import { bounded } from './bounded';

/**
 * The matrix product `a b`, with gradients, right on every backend.
 *
 * tfjs's webgl backend counts numbers beside the last column too, where the common side is odd and operations left both
 * matrices on the device. Elsewhere this is tfjs's own product.
 *
 * @param a - [M, K].
 * @param b - [K, N].
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  requireTensor('matMul', 'a', a, 2);
  requireTensor('matMul', 'b', b, 2);
  if (tf.getBackend() !== 'webgl') return tf.matMul(a, b);
  const [rows, shared] = a.shape;
  const columns = b.shape[1];
  const product = tf.customGrad((...args) => {
    const [left, right, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    save([left, right]);
    return {
      value: tf.matMul<tf.Tensor2D>(left, bounded(right, shared)),
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
        const [l, r] = saved as [tf.Tensor2D, tf.Tensor2D];
        return [
          tf.matMul(dy, bounded(r, columns), false, true),
          tf.matMul(l, bounded(dy, rows), true, false),
        ];
      },
    };
  });
  return product(a, b);
}
