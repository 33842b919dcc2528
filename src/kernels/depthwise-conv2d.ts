import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, typeError } from '../errors';
import {
  requireMap,
  type Shape4,
  type WindowAttributes,
  type WindowOptions,
  windowAttributes,
  windowOutput,
} from './geometry';
import { defineKernel, type KernelType } from './kernel';
import { channelSums, padMap, spread, subsample, tap } from './taps';

export type DepthwiseConv2d = KernelType<
  'NoisyDartsDepthwiseConv2d',
  { x: tf.Tensor4D; filter: tf.Tensor4D },
  WindowAttributes,
  tf.Tensor4D
>;
export type DepthwiseConv2dInputGrad = KernelType<
  'NoisyDartsDepthwiseConv2dInputGrad',
  { dy: tf.Tensor4D; filter: tf.Tensor4D },
  WindowAttributes & { inputShape: Shape4 },
  tf.Tensor4D
>;
export type DepthwiseConv2dFilterGrad = KernelType<
  'NoisyDartsDepthwiseConv2dFilterGrad',
  { x: tf.Tensor4D; dy: tf.Tensor4D },
  WindowAttributes & { filterShape: Shape4 },
  tf.Tensor4D
>;

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

const inputGrad = defineKernel<DepthwiseConv2dInputGrad>({
  name: 'NoisyDartsDepthwiseConv2dInputGrad',
  body: ({ dy, filter }, { inputShape, ...window }) => {
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
});

const filterGrad = defineKernel<DepthwiseConv2dFilterGrad>({
  name: 'NoisyDartsDepthwiseConv2dFilterGrad',
  body: ({ x, dy }, { filterShape, ...window }) => {
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

const forward = defineKernel<DepthwiseConv2d>({
  name: 'NoisyDartsDepthwiseConv2d',
  body: ({ x, filter }, window) => {
    const [kh, kw] = filter.shape;
    const [, height, width] = x.shape;
    const out = windowOutput('depthwiseConv2d', [height, width], [kh, kw], window);
    const dense = unstrided(x, filter, window.dilation, window.padHeight, window.padWidth);
    return subsample(dense, [0, 0], [window.strideHeight, window.strideWidth], out);
  },
  saveInputs: ['x', 'filter'],
  gradient: (dy, saved, window) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    return {
      x: () => inputGrad({ dy, filter }, { ...window, inputShape: x.shape }),
      filter: () => filterGrad({ x, dy }, { ...window, filterShape: filter.shape }),
    };
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
  requireMap('depthwiseConv2d', x);
  requireTensor('depthwiseConv2d', 'filter', filter, 4);
  const [kh, kw, channels, multiplier] = filter.shape;
  if (channels !== x.shape[3] || multiplier !== 1) {
    throw typeError(
      'depthwiseConv2d',
      `the filter must be [h, w, ${x.shape[3]}, 1] for maps ${JSON.stringify(x.shape)}`,
      filter.shape,
      'give one filter a channel',
    );
  }
  const window = windowAttributes('depthwiseConv2d', [kh, kw], options);
  windowOutput('depthwiseConv2d', [x.shape[1], x.shape[2]], [kh, kw], window);
  return forward({ x, filter }, window);
}
