import * as tf from '@tensorflow/tfjs-core';
import { checkOptions } from '../errors';
import { requireMap, type WindowAttributes, windowAttributes, windowOutput } from './geometry';
import { defineKernel, type KernelType } from './kernel';
import { padMap, spread, tap } from './taps';

type Attributes = WindowAttributes & { size: number };

export type MaxPool = KernelType<'NoisyDartsMaxPool', { x: tf.Tensor4D }, Attributes, tf.Tensor4D>;
export type MaxPoolInputGrad = KernelType<
  'NoisyDartsMaxPoolInputGrad',
  { dy: tf.Tensor4D; x: tf.Tensor4D; y: tf.Tensor4D },
  Attributes,
  tf.Tensor4D
>;

// Finite, so that a padded tap times a zero mask stays zero.
const LOWEST = -3.4e38;

const inputGrad = defineKernel<MaxPoolInputGrad>({
  name: 'NoisyDartsMaxPoolInputGrad',
  body: ({ dy, x, y }, { size, ...window }) => {
    const [, height, width] = x.shape;
    const padded = padMap(x, window.padHeight, window.padWidth, LOWEST);
    const out: [number, number] = [dy.shape[1], dy.shape[2]];
    const reach: [number, number] = [height + 2 * window.padHeight, width + 2 * window.padWidth];
    let free: tf.Tensor = tf.onesLike(dy);
    let sum: tf.Tensor4D = tf.zerosLike(padded);
    for (let ky = 0; ky < size; ky++) {
      for (let kx = 0; kx < size; kx++) {
        // Of equal values the first in row-major order takes the gradient, as in PyTorch.
        const first = tf.mul(tf.cast(tf.equal(tap(padded, ky, kx, window, out), y), 'float32'), free);
        free = tf.sub(free, first);
        sum = tf.add(
          sum,
          spread(
            tf.mul<tf.Tensor4D>(first, dy),
            [ky * window.dilation, kx * window.dilation],
            [window.strideHeight, window.strideWidth],
            reach,
          ),
        );
      }
    }
    return tf.slice(sum, [0, window.padHeight, window.padWidth, 0], x.shape);
  },
});

const forward = defineKernel<MaxPool>({
  name: 'NoisyDartsMaxPool',
  body: ({ x }, { size, ...window }) => {
    const [, height, width] = x.shape;
    const out = windowOutput('maxPool', [height, width], [size, size], window);
    const padded = padMap(x, window.padHeight, window.padWidth, LOWEST);
    let y = tap(padded, 0, 0, window, out);
    for (let k = 1; k < size * size; k++) {
      y = tf.maximum(y, tap(padded, Math.floor(k / size), k % size, window, out));
    }
    // A size-1 window at stride 1 is the map itself; a kernel must not return its input.
    return size === 1 ? tf.clone(y) : y;
  },
  saveInputs: ['x'],
  saveOutputs: [true],
  gradient: (dy, saved, attrs) => {
    const [x, y] = saved as [tf.Tensor4D, tf.Tensor4D];
    return { x: () => inputGrad({ dy, x, y }, attrs) };
  },
});

/** Options of a pooling window. */
export interface PoolOptions {
  /** Side of the square window in pixels. Default 3. */
  readonly size?: number;
  /** Step of the window in pixels. Default 1. */
  readonly stride?: number;
}

/**
 * Max pooling with symmetric padding of half the window, as in PyTorch; padding never wins.
 *
 * Of equal values in a window the first in row-major order receives the gradient.
 *
 * @param x - Maps [N, H, W, C].
 * @param options - Window size (default 3) and stride (default 1).
 * @returns Maps [N, ceil(H / stride), ceil(W / stride), C].
 * @throws RangeError if the window does not fit.
 */
export function maxPool(x: tf.Tensor4D, options: PoolOptions = {}): tf.Tensor4D {
  const { size = 3, stride = 1 } = checkOptions('maxPool', options, { size: true, stride: true });
  requireMap('maxPool', x);
  const window = windowAttributes('maxPool', [size, size], { stride });
  windowOutput('maxPool', [x.shape[1], x.shape[2]], [size, size], window);
  return forward({ x }, { ...window, size });
}

/** Maxima of squares that lie side by side, those at the far ends cut off: [N, ceil(H / size), ceil(W / size), C]. */
export function maxPoolSquares(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  const [below, right] = [height, width].map((side) => Math.ceil(side / size) * size - side) as [
    number,
    number,
  ];
  const whole: tf.Tensor4D =
    below + right === 0
      ? x
      : tf.pad(
          x,
          [
            [0, 0],
            [0, below],
            [0, right],
            [0, 0],
          ],
          LOWEST,
        );
  return forward(
    { x: whole },
    { ...windowAttributes('maxPool', [size, size], { stride: size, pad: 0 }), size },
  );
}
