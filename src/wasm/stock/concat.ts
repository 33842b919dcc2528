import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../kernels/geometry';
import { concatenated } from '../kernels/concat-channels';
import type { StockKernel } from './kernel';

/** The backend's own kernel puts maps together pixel by pixel in JavaScript. */
export const concat: StockKernel = {
  name: tf.Concat,
  isRight: () => true,
  fast(module, inputs, attrs) {
    const tensors = Object.values(inputs) as tf.TensorInfo[];
    const first = tensors[0]!.shape;
    const axis = tf.util.parseAxisParam((attrs as unknown as tf.ConcatAttrs).axis, [...first])[0]!;
    const isKnown = tensors.every(
      ({ dtype, shape }) =>
        dtype === 'float32' &&
        sizeOf(shape) > 0 &&
        shape.length === first.length &&
        shape.every((side, i) => i === axis || side === first[i]),
    );
    return isKnown && tensors.length > 1 && axis > 0 ? concatenated(module, tensors, axis) : undefined;
  },
};
