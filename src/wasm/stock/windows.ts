import * as tf from '@tensorflow/tfjs-core';

export type Conv2DInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

/** Pixels along an axis that windows read. */
const reach = (outputs: number, stride: number, kernel: number) => (outputs - 1) * stride + kernel;

/**
 * Zeros beside a map so that every window lies inside: above and to the left the padding, below and to the right what the
 * last windows reach, which is less than the padding where the stride leaves some of it out, and more where tfjs rounds
 * the number of windows up.
 */
export function zerosAround({ padInfo: { top, left }, ...info }: Conv2DInfo) {
  const height = reach(info.outHeight, info.strideHeight, info.effectiveFilterHeight);
  const width = reach(info.outWidth, info.strideWidth, info.effectiveFilterWidth);
  return {
    top,
    left,
    bottom: Math.max(0, height - top - info.inHeight),
    right: Math.max(0, width - left - info.inWidth),
    height,
    width,
  };
}

/** What the windows over a map read, and no more. */
export function imageOf(info: Conv2DInfo, x: tf.Tensor4D): tf.Tensor4D {
  const { top, left, bottom, right, height, width } = zerosAround(info);
  const padded = tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  return tf.slice(padded, 0, [x.shape[0], height, width, x.shape[3]]);
}

/**
 * Whether XNNPACK, which tfjs's wasm backend calls, has as many windows as tfjs: it rounds down and counts the axes apart,
 * and it pads 'same' wrongly where windows lie so far apart that none is needed. Where it has more it writes past its
 * output.
 */
export function sameWindows(info: Conv2DInfo): boolean {
  const { padInfo } = info;
  const along = (side: number, pad: number, kernel: number, stride: number, outputs: number) =>
    padInfo.type === 'SAME'
      ? reach(outputs, stride, kernel) >= side
      : Math.floor((side + pad - kernel) / stride) + 1 === outputs;
  return (
    along(
      info.inHeight,
      padInfo.top + padInfo.bottom,
      info.effectiveFilterHeight,
      info.strideHeight,
      info.outHeight,
    ) &&
    along(
      info.inWidth,
      padInfo.left + padInfo.right,
      info.effectiveFilterWidth,
      info.strideWidth,
      info.outWidth,
    )
  );
}

/**
 * The rows and columns of a gradient [N, H, W, C] that the geometry has windows for: tfjs hands some gradients on without
 * the rounding mode that made them larger, and cpu leaves out what is too many.
 */
export function insideOf(info: Conv2DInfo, dy: tf.Tensor4D): tf.Tensor4D {
  const { outHeight, outWidth } = info;
  const [n, h, w, c] = dy.shape;
  if (h === outHeight && w === outWidth) return dy;
  return tf.slice(dy, 0, [n, outHeight, outWidth, c]);
}
