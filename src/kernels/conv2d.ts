import * as tf from '@tensorflow/tfjs-core';
import { bounded } from './bounded';
import type { WindowAttributes, WindowOptions } from './geometry';
import { padMap, subsample, tap } from './taps';
import { defineWindowKernel, filterWindow, type WindowKernels } from './window-kernel';

export type ConvKernels = WindowKernels<'Conv2d'>;

type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

const padding = (window: WindowAttributes): ExplicitPadding => [
  [0, 0],
  [window.padHeight, window.padHeight],
  [window.padWidth, window.padWidth],
  [0, 0],
];

const forward = defineWindowKernel('Conv2d', {
  forward: ({ x, filter }, window) =>
    tf.conv2d(
      x,
      bounded(filter, filter.size / filter.shape[3]),
      [window.strideHeight, window.strideWidth],
      padding(window),
      'NHWC',
      1,
      'floor',
    ),
  inputGrad: ({ dy, filter }, { inputShape, ...window }) => {
    const [n, height, width, inputs] = inputShape;
    // Of the padded map, since tfjs-node's kernel takes no explicit padding.
    const whole = tf.conv2dTranspose(
      dy,
      bounded(filter, filter.shape[3]),
      [n, height + 2 * window.padHeight, width + 2 * window.padWidth, inputs],
      [window.strideHeight, window.strideWidth],
      'valid',
    );
    return subsample(whole, [window.padHeight, window.padWidth], [1, 1], [height, width]);
  },
  filterGrad: ({ x, dy }, { filterShape, ...window }) => {
    const [kh, kw, inputs, outputs] = filterShape;
    const padded = padMap(x, window.padHeight, window.padWidth);
    const out: [number, number] = [dy.shape[1], dy.shape[2]];
    const rows = dy.size / outputs;
    const flat = bounded(tf.reshape(dy, [rows, outputs]), rows);
    const products: tf.Tensor[] = [];
    for (let ky = 0; ky < kh; ky++) {
      for (let kx = 0; kx < kw; kx++) {
        products.push(
          tf.tidy(() =>
            tf.matMul(tf.reshape(tap(padded, ky, kx, window, out), [rows, inputs]), flat, true, false),
          ),
        );
      }
    }
    return tf.reshape(tf.stack(products), filterShape);
  },
});

/**
 * Dense convolution with symmetric padding, differentiable on every backend.
 *
 * `y[n,i,j,o] = sum_{u,v,c} x[n, s i + u - p, s j + v - p, c] * filter[u,v,c,o]`, zero outside the map.
 *
 * @param x - Maps [N, H, W, Cin].
 * @param filter - [kernelHeight, kernelWidth, Cin, Cout].
 * @param options - Stride and padding; the default padding is PyTorch's symmetric half kernel.
 * @returns Maps [N, H', W', Cout].
 * @throws TypeError if the channels of `x` and `filter` differ; RangeError if the window does not fit.
 */
export function conv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: Omit<WindowOptions, 'dilation'> = {},
): tf.Tensor4D {
  return forward({ x, filter }, filterWindow('conv2d', x, filter, 'filters', 'match the channels', options));
}
