import * as tf from '@tensorflow/tfjs-core';
import { type WindowOptions, windowOutput } from './geometry';
import { channelSums, padMap, spread, subsample, tap } from './taps';
import { defineWindowKernel, filterWindow, type WindowKernels } from './window-kernel';

export type DepthwiseKernels = WindowKernels<'DepthwiseConv2d'>;

/** Stride-1 depthwise convolution with any padding: what tfjs does on every backend, dilated or not, but one. */
function unstrided(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  dilation: number,
  padHeight: number,
  padWidth: number,
) {
  if (tf.getBackend() === 'tensorflow') return byPhases(x, filter, dilation, padHeight, padWidth);
  return tf.depthwiseConv2d(
    x,
    filter,
    1,
    [
      [0, 0],
      [padHeight, padHeight],
      [padWidth, padWidth],
      [0, 0],
    ],
    'NHWC',
    dilation,
  );
}

/**
 * The same without a dilation: every `dilation`-th pixel makes a map of its own, under a window that skips none.
 * TensorFlow's `DepthwiseConv2dNative`, which tfjs-node calls, ignores `dilations` and refuses to crop.
 */
function byPhases(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  dilation: number,
  padHeight: number,
  padWidth: number,
) {
  const [, height, width] = x.shape;
  const crop: [number, number] = [Math.max(0, -padHeight), Math.max(0, -padWidth)];
  const inner = subsample(x, crop, [1, 1], [height - 2 * crop[0], width - 2 * crop[1]]);
  const beyond = (padded: number) => (dilation - (padded % dilation)) % dilation;
  const below = beyond(height + 2 * padHeight);
  const right = beyond(width + 2 * padWidth);
  const [above, left] = [padHeight + crop[0], padWidth + crop[1]];
  const phases = tf.spaceToBatchND(
    inner,
    [dilation, dilation],
    [
      [above, above + below],
      [left, left + right],
    ],
  );
  return tf.batchToSpaceND(
    tf.depthwiseConv2d(phases, filter, 1, 'valid'),
    [dilation, dilation],
    [
      [0, below],
      [0, right],
    ],
  );
}

const forward = defineWindowKernel('DepthwiseConv2d', {
  forward: ({ x, filter }, window) => {
    const [kh, kw] = filter.shape;
    const [, height, width] = x.shape;
    const out = windowOutput('depthwiseConv2d', [height, width], [kh, kw], window);
    const dense = unstrided(x, filter, window.dilation, window.padHeight, window.padWidth);
    return subsample(dense, [0, 0], [window.strideHeight, window.strideWidth], out);
  },
  inputGrad: ({ dy, filter }, { inputShape, ...window }) => {
    const [, height, width] = inputShape;
    const [kh, kw] = filter.shape;
    const dense: [number, number] = [
      height + 2 * window.padHeight - window.dilation * (kh - 1),
      width + 2 * window.padWidth - window.dilation * (kw - 1),
    ];
    return unstrided(
      spread(dy, [0, 0], [window.strideHeight, window.strideWidth], dense),
      tf.reverse(filter, [0, 1]),
      window.dilation,
      window.dilation * (kh - 1) - window.padHeight,
      window.dilation * (kw - 1) - window.padWidth,
    );
  },
  filterGrad: ({ x, dy }, { filterShape, ...window }) => {
    const [kh, kw] = filterShape;
    const padded = padMap(x, window.padHeight, window.padWidth);
    const out: [number, number] = [dy.shape[1], dy.shape[2]];
    const sums: tf.Tensor1D[] = [];
    for (let ky = 0; ky < kh; ky++) {
      for (let kx = 0; kx < kw; kx++) {
        sums.push(tf.tidy(() => channelSums(tf.mul(tap(padded, ky, kx, window, out), dy))));
      }
    }
    return tf.reshape(tf.stack(sums), filterShape);
  },
});

/**
 * Depthwise convolution with any stride and dilation, differentiable on every backend.
 *
 * `y[n,i,j,c] = sum_{u,v} x[n, s i + d u - p, s j + d v - p, c] * filter[u,v,c,0]`, zero outside the map.
 *
 * @param x - Maps [N, H, W, C].
 * @param filter - [kernelHeight, kernelWidth, C, 1].
 * @param options - Stride, dilation and padding; the default padding is PyTorch's symmetric half kernel.
 * @returns Maps [N, H', W', C].
 * @throws TypeError if the channels of `x` and `filter` differ; RangeError if the window does not fit.
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: WindowOptions = {},
): tf.Tensor4D {
  const window = filterWindow('depthwiseConv2d', x, filter, 1, 'give one filter a channel', options);
  return forward({ x, filter }, window);
}
