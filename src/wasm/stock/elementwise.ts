import * as tf from '@tensorflow/tfjs-core';
import { stockKernel } from './kernel';

/** Whether `shape` is the end of `whole`, so that its numbers repeat in order. */
const isTail = (shape: readonly number[], whole: readonly number[]) => {
  const sides = shape.slice(shape.findIndex((side) => side !== 1));
  return sides.every((side, i) => side === whole[whole.length - sides.length + i]);
};

/** The backend's own kernel repeats alpha in order whatever its shape. */
export const prelu = stockKernel<'x' | 'alpha', unknown>(
  tf.Prelu,
  (_, { x, alpha }) => tf.where(tf.less(x, 0), tf.mul(alpha, x), x),
  ({ x, alpha }) => tf.util.sizeFromShape(alpha.shape) === 1 || isTail(alpha.shape, x.shape),
);

/** The backend's own kernel cuts numbers off where they become truth values. */
export const cast = stockKernel<'x', tf.CastAttrs>(
  tf.Cast,
  (_, { x }) => tf.notEqual(x, tf.scalar(0, x.dtype)),
  ({ x }, { dtype }) => dtype !== 'bool' || x.dtype === 'bool',
);
