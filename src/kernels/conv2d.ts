import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, typeError } from '../errors';
import { bounded } from './bounded';
import {
  requireMap,
  type Shape4,
  type WindowAttributes,
  type WindowOptions,
  windowAttributes,
  windowOutput,
} from './geometry';
import { defineKernel, type KernelType } from './kernel';
import { padMap, subsample, tap } from './taps';

export type Conv2d = KernelType<
  'NoisyDartsConv2d',
  { x: tf.Tensor4D; filter: tf.Tensor4D },
  WindowAttributes,
  tf.Tensor4D
>;
export type Conv2dInputGrad = KernelType<
  'NoisyDartsConv2dInputGrad',
  { dy: tf.Tensor4D; filter: tf.Tensor4D },
  WindowAttributes & { inputShape: Shape4 },
  tf.Tensor4D
>;
export type Conv2dFilterGrad = KernelType<
  'NoisyDartsConv2dFilterGrad',
  { x: tf.Tensor4D; dy: tf.Tensor4D },
  WindowAttributes & { filterShape: Shape4 },
  tf.Tensor4D
>;

type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

const padding = (window: WindowAttributes): ExplicitPadding => [
  [0, 0],
  [window.padHeight, window.padHeight],
  [window.padWidth, window.padWidth],
  [0, 0],
];

const inputGrad = defineKernel<Conv2dInputGrad>({
  name: 'NoisyDartsConv2dInputGrad',
  body: ({ dy, filter }, { inputShape, ...window }) => {
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
});

const filterGrad = defineKernel<Conv2dFilterGrad>({
  name: 'NoisyDartsConv2dFilterGrad',
  body: ({ x, dy }, { filterShape, ...window }) => {
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

const forward = defineKernel<Conv2d>({
  name: 'NoisyDartsConv2d',
  body: ({ x, filter }, window) =>
    tf.conv2d(
      x,
      bounded(filter, filter.size / filter.shape[3]),
      [window.strideHeight, window.strideWidth],
      padding(window),
      'NHWC',
      1,
      'floor',
    ),
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
  requireMap('conv2d', x);
  requireTensor('conv2d', 'filter', filter, 4);
  const [kh, kw, inputs] = filter.shape;
  if (inputs !== x.shape[3]) {
    throw typeError(
      'conv2d',
      `the filter must be [h, w, ${x.shape[3]}, filters] for maps ${JSON.stringify(x.shape)}`,
      filter.shape,
      'match the channels',
    );
  }
  const window = windowAttributes('conv2d', [kh, kw], options);
  windowOutput('conv2d', [x.shape[1], x.shape[2]], [kh, kw], window);
  return forward({ x, filter }, window);
}
