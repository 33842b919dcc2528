import * as tf from '@tensorflow/tfjs-core';
import { checkOptions } from '../errors';
import { requireMap, type Shape4, type WindowAttributes, windowAttributes, windowOutput } from './geometry';
import { defineKernel, type KernelType } from './kernel';
import type { PoolOptions } from './max-pool';
import { padMap, spread, tap } from './taps';

type Attributes = WindowAttributes & { size: number; inputShape: Shape4 };

export type AvgPool = KernelType<'NoisyDartsAvgPool', { x: tf.Tensor4D }, Attributes, tf.Tensor4D>;
export type AvgPoolInputGrad = KernelType<
  'NoisyDartsAvgPoolInputGrad',
  { dy: tf.Tensor4D },
  Attributes,
  tf.Tensor4D
>;

/** How many pixels of the map each window covers, padding left out, along one axis. */
function covered(input: number, output: number, size: number, stride: number, pad: number): Float32Array {
  return Float32Array.from({ length: output }, (_, i) => {
    const start = i * stride - pad;
    return Math.min(start + size, input) - Math.max(start, 0);
  });
}

/** 1 / (number of pixels under the window): [1, outHeight, outWidth, 1]. */
function reciprocalCounts(height: number, width: number, out: readonly [number, number], attrs: Attributes) {
  const rows = covered(height, out[0], attrs.size, attrs.strideHeight, attrs.padHeight);
  const columns = covered(width, out[1], attrs.size, attrs.strideWidth, attrs.padWidth);
  const counts = new Float32Array(out[0] * out[1]);
  for (let i = 0; i < counts.length; i++) {
    counts[i] = 1 / (rows[Math.floor(i / out[1])]! * columns[i % out[1]]!);
  }
  return tf.tensor4d(counts, [1, out[0], out[1], 1]);
}

const inputGrad = defineKernel<AvgPoolInputGrad>({
  name: 'NoisyDartsAvgPoolInputGrad',
  body: ({ dy }, attrs) => {
    const { inputShape } = attrs;
    const [, height, width] = inputShape;
    const reach: [number, number] = [height + 2 * attrs.padHeight, width + 2 * attrs.padWidth];
    const share = tf.mul<tf.Tensor4D>(dy, reciprocalCounts(height, width, [dy.shape[1], dy.shape[2]], attrs));
    const stride: [number, number] = [attrs.strideHeight, attrs.strideWidth];
    let sum: tf.Tensor4D | undefined;
    for (let k = 0; k < attrs.size * attrs.size; k++) {
      const part = spread(share, [Math.floor(k / attrs.size), k % attrs.size], stride, reach);
      sum = sum ? tf.add<tf.Tensor4D>(sum, part) : part;
    }
    return tf.slice(sum!, [0, attrs.padHeight, attrs.padWidth, 0], inputShape);
  },
});

const forward = defineKernel<AvgPool>({
  name: 'NoisyDartsAvgPool',
  body: ({ x }, attrs) => {
    const [, height, width] = x.shape;
    const out = windowOutput('avgPool', [height, width], [attrs.size, attrs.size], attrs);
    const padded = padMap(x, attrs.padHeight, attrs.padWidth);
    let sum: tf.Tensor4D | undefined;
    for (let k = 0; k < attrs.size * attrs.size; k++) {
      const part = tap(padded, Math.floor(k / attrs.size), k % attrs.size, attrs, out);
      sum = sum ? tf.add<tf.Tensor4D>(sum, part) : part;
    }
    return tf.mul(sum!, reciprocalCounts(height, width, out, attrs));
  },
  gradient: (dy, _saved, attrs) => ({ x: () => inputGrad({ dy }, attrs) }),
});

/**
 * Average pooling with symmetric padding of half the window; padding is left out of the count
 * (PyTorch's `count_include_pad=False`).
 *
 * @param x - Maps [N, H, W, C].
 * @param options - Window size (default 3) and stride (default 1).
 * @returns Maps [N, ceil(H / stride), ceil(W / stride), C].
 * @throws RangeError if the window does not fit.
 */
export function avgPool(x: tf.Tensor4D, options: PoolOptions = {}): tf.Tensor4D {
  const { size = 3, stride = 1 } = checkOptions('avgPool', options, { size: true, stride: true });
  requireMap('avgPool', x);
  const window = windowAttributes('avgPool', [size, size], { stride });
  windowOutput('avgPool', [x.shape[1], x.shape[2]], [size, size], window);
  // The gradient saves no tensor: the shape of the input is all it needs.
  return forward({ x }, { ...window, size, inputShape: x.shape });
}
