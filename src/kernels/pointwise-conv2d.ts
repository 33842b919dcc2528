import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, requireTensor, typeError } from '../errors';
import { bounded } from './bounded';
import { requireMap, SHIFT, STEP, strided } from './geometry';
import { defineKernel, type KernelType } from './kernel';
import { spread, subsample } from './taps';

export type Sampling = { stride: number; offset: number; rectify: boolean };

export type PointwiseConv2d = KernelType<
  'NoisyDartsPointwiseConv2d',
  { x: tf.Tensor4D; filter: tf.Tensor4D },
  Sampling,
  tf.Tensor4D
>;
export type PointwiseConv2dInputGrad = KernelType<
  'NoisyDartsPointwiseConv2dInputGrad',
  { dy: tf.Tensor4D; x: tf.Tensor4D; filter: tf.Tensor4D },
  Sampling,
  tf.Tensor4D
>;
export type PointwiseConv2dFilterGrad = KernelType<
  'NoisyDartsPointwiseConv2dFilterGrad',
  { x: tf.Tensor4D; dy: tf.Tensor4D },
  Sampling,
  tf.Tensor4D
>;

/** Options of {@link pointwiseConv2d}. */
export interface PointwiseOptions {
  /** Only every `stride`-th pixel of each axis is read. Default 1. */
  readonly stride?: number;
  /** The first pixel read on each axis; pixels beyond the map read as zero. Default 0. */
  readonly offset?: number;
  /** Whether a ReLU comes first; nothing is kept of it but its input. Default false. */
  readonly rectify?: boolean;
}

const KEYS = { stride: STEP, offset: SHIFT, rectify: 'flag' } satisfies OptionKeys<PointwiseOptions>;

/** The pixels a strided, shifted pointwise convolution reads, as rows [N H' W', C]. */
function rows(x: tf.Tensor4D, { stride, offset, rectify }: Sampling): tf.Tensor2D {
  const [, height, width, channels] = x.shape;
  const [n, outHeight, outWidth] = strided(x.shape, stride);
  const out: [number, number] = [outHeight, outWidth];
  const below = Math.max(0, offset + (out[0] - 1) * stride + 1 - height);
  const right = Math.max(0, offset + (out[1] - 1) * stride + 1 - width);
  const reach =
    below + right > 0
      ? tf.pad(x, [
          [0, 0],
          [0, below],
          [0, right],
          [0, 0],
        ])
      : x;
  const read = subsample(reach as tf.Tensor4D, [offset, offset], [stride, stride], out);
  return tf.reshape(rectify ? tf.relu(read) : read, [n * out[0] * out[1], channels]);
}

const inputGrad = defineKernel<PointwiseConv2dInputGrad>({
  name: 'NoisyDartsPointwiseConv2dInputGrad',
  body: ({ dy, x, filter }, { stride, offset, rectify }) => {
    const [n, height, width, inputs] = x.shape;
    const [, outHeight, outWidth, outputs] = dy.shape;
    const flat = tf.matMul(
      tf.reshape(dy, [n * outHeight * outWidth, outputs]),
      bounded(tf.reshape(filter, [inputs, outputs]), outputs),
      false,
      true,
    );
    const small = tf.reshape<tf.Rank.R4>(flat, [n, outHeight, outWidth, inputs]);
    const whole =
      stride === 1 && offset === 0
        ? small
        : spread(small, [offset, offset], [stride, stride], [height, width]);
    return rectify ? tf.mul(whole, tf.step(x)) : whole;
  },
});

const filterGrad = defineKernel<PointwiseConv2dFilterGrad>({
  name: 'NoisyDartsPointwiseConv2dFilterGrad',
  body: ({ x, dy }, sampling) => {
    const read = rows(x, sampling);
    const outputs = dy.shape[3];
    const flat = bounded(tf.reshape(dy, [read.shape[0], outputs]), read.shape[0]);
    const product = tf.matMul(read, flat, true, false);
    return tf.reshape(product, [1, 1, x.shape[3], outputs]);
  },
});

const forward = defineKernel<PointwiseConv2d>({
  name: 'NoisyDartsPointwiseConv2d',
  body: ({ x, filter }, sampling) => {
    const [, , inputs, outputs] = filter.shape;
    const matrix = bounded(tf.reshape(filter, [inputs, outputs]), inputs);
    const product = tf.matMul(rows(x, sampling), matrix);
    return tf.reshape(product, strided(x.shape, sampling.stride, outputs));
  },
  saveInputs: ['x', 'filter'],
  gradient: (dy, saved, sampling) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    return {
      x: () => inputGrad({ dy, x, filter }, sampling),
      filter: () => filterGrad({ x, dy }, sampling),
    };
  },
});

/**
 * Pointwise (1x1) convolution, optionally strided and shifted, differentiable on every backend.
 *
 * `y[n,i,j,o] = sum_c x[n, s i + offset, s j + offset, c] * filter[0,0,c,o]`, zero outside the map; with `rectify`,
 * max(x, 0) in place of x.
 *
 * @param x - Maps [N, H, W, Cin].
 * @param filter - [1, 1, Cin, Cout].
 * @param options - Stride and offset.
 * @returns Maps [N, ceil(H / stride), ceil(W / stride), Cout].
 * @throws TypeError if the filter does not fit `x`; RangeError for a bad stride or offset.
 */
export function pointwiseConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  options: PointwiseOptions = {},
): tf.Tensor4D {
  const { stride = 1, offset = 0, rectify = false } = checkOptions('pointwiseConv2d', options, KEYS);
  requireMap('pointwiseConv2d', x);
  requireTensor('pointwiseConv2d', 'filter', filter, 4);
  if (filter.shape[0] !== 1 || filter.shape[1] !== 1 || filter.shape[2] !== x.shape[3]) {
    throw typeError(
      'pointwiseConv2d',
      `the filter must be [1, 1, ${x.shape[3]}, filters] for maps ${JSON.stringify(x.shape)}`,
      filter.shape,
      'match the channels',
    );
  }
  return forward({ x, filter }, { stride, offset, rectify });
}
