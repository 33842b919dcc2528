import * as tf from '@tensorflow/tfjs-core';
import type { WindowAttributes } from './geometry';

// Building blocks of generic kernel bodies: a window is taken apart into its taps, each of them a strided view of the
// padded map. They run inside kernels, where nothing is recorded for gradients.

/** Zero-padded (or `value`-padded) map. */
export function padMap(x: tf.Tensor4D, height: number, width: number, value = 0): tf.Tensor4D {
  if (height === 0 && width === 0) return x;
  return tf.pad(
    x,
    [
      [0, 0],
      [height, height],
      [width, width],
      [0, 0],
    ],
    value,
  );
}

/** Every `stride`-th pixel from `offset` on: [N, outHeight, outWidth, C]. */
export function subsample(
  x: tf.Tensor4D,
  offset: readonly [number, number],
  stride: readonly [number, number],
  out: readonly [number, number],
): tf.Tensor4D {
  const [n, height, width, c] = x.shape;
  if (stride[0] === 1 && stride[1] === 1) {
    if (offset[0] === 0 && offset[1] === 0 && out[0] === height && out[1] === width) return x;
    return tf.slice(x, [0, offset[0], offset[1], 0], [n, out[0], out[1], c]);
  }
  return tf.stridedSlice(
    x,
    [0, offset[0], offset[1], 0],
    [n, offset[0] + (out[0] - 1) * stride[0] + 1, offset[1] + (out[1] - 1) * stride[1] + 1, c],
    [1, stride[0], stride[1], 1],
  ) as tf.Tensor4D;
}

/** The adjoint of {@link subsample}: puts pixels back `stride` apart from `offset` on, zeros elsewhere. */
export function spread(
  dy: tf.Tensor4D,
  offset: readonly [number, number],
  stride: readonly [number, number],
  out: readonly [number, number],
): tf.Tensor4D {
  const [n, h, w, c] = dy.shape;
  if (offset[0] >= out[0] || offset[1] >= out[1]) return tf.zeros([n, out[0], out[1], c]);
  let y: tf.Tensor4D = dy;
  if (stride[1] > 1) {
    y = tf.reshape(
      tf.pad(tf.reshape(y, [n * h, w, 1, c]), [
        [0, 0],
        [0, 0],
        [0, stride[1] - 1],
        [0, 0],
      ]),
      [n, h, w * stride[1], c],
    );
  }
  if (stride[0] > 1) {
    const row = y.shape[2] * c;
    y = tf.reshape(
      tf.pad(tf.reshape(y, [n * h, 1, row, 1]), [
        [0, 0],
        [0, stride[0] - 1],
        [0, 0],
        [0, 0],
      ]),
      [n, h * stride[0], y.shape[2], c],
    );
  }
  const height = Math.min(y.shape[1], out[0] - offset[0]);
  const width = Math.min(y.shape[2], out[1] - offset[1]);
  if (height < y.shape[1] || width < y.shape[2]) y = tf.slice(y, [0, 0, 0, 0], [n, height, width, c]);
  const below = out[0] - offset[0] - height;
  const right = out[1] - offset[1] - width;
  if (offset[0] + offset[1] + below + right === 0) return y;
  return tf.pad(y, [
    [0, 0],
    [offset[0], below],
    [offset[1], right],
    [0, 0],
  ]);
}

/** The strided view of the padded map that one tap of a window reads, for every output pixel. */
export function tap(
  padded: tf.Tensor4D,
  ky: number,
  kx: number,
  window: WindowAttributes,
  out: readonly [number, number],
): tf.Tensor4D {
  return subsample(
    padded,
    [ky * window.dilation, kx * window.dilation],
    [window.strideHeight, window.strideWidth],
    out,
  );
}

/**
 * Sum over batch and pixels, a vector of channels: matrix products, which every backend does well. First down the
 * rows, then along them, because float32 loses less in two short sums than in one long one.
 */
export function channelSums(x: tf.Tensor4D): tf.Tensor1D {
  const [n, height, width, channels] = x.shape;
  const columns = tf.matMul(tf.ones([1, n * height]), tf.reshape(x, [n * height, width * channels]));
  const sums = tf.matMul(tf.ones([1, width]), tf.reshape(columns, [width, channels]));
  return tf.reshape(sums, [channels]);
}
