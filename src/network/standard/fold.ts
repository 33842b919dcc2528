import * as tf from '@tensorflow/tfjs-core';
import type { BatchNorm, NoisyDartsLayer } from '../../layers';

/** The weight of a name that a layer owns itself, not through a layer inside it. */
export function ownWeight(layer: NoisyDartsLayer, name: string): tf.Tensor {
  return layer.ownWeights.find(({ originalName }) => originalName.endsWith(`/${name}`))!.read();
}

/** A convolution's filter and bias. */
export interface Filter {
  readonly kernel: tf.Tensor;
  readonly bias?: tf.Tensor;
}

/**
 * The filter that does what a filter and the batch norm behind it do in evaluation:
 * `kernel' = kernel s`, `bias' = offset - mean s`, with `s = scale / sqrt(variance + epsilon)`.
 *
 * @param kernel - [h, w, Cin, Cout].
 */
export function fold(kernel: tf.Tensor, norm: BatchNorm | undefined): Filter {
  if (!norm) return { kernel };
  const read = (name: string) => ownWeight(norm, name);
  const scale = tf.rsqrt(tf.add(read('moving_variance'), norm.epsilon));
  const factor = norm.affine ? tf.mul(scale, read('gamma')) : scale;
  const shift = tf.neg(tf.mul(read('moving_mean'), factor));
  return { kernel: tf.mul(kernel, factor), bias: norm.affine ? tf.add(shift, read('beta')) : shift };
}

/** A dilated kernel [h, w, C, M] as a dense one [d (h - 1) + 1, d (w - 1) + 1, C, M], zeros between its taps. */
export function dilate(kernel: tf.Tensor, dilation: number): tf.Tensor {
  if (dilation === 1) return kernel;
  const [height, width, channels, multiplier] = kernel.shape as [number, number, number, number];
  const side = (taps: number) => dilation * (taps - 1) + 1;
  // A row, then a column at a time: tfjs pads no more than four sides on WebGPU.
  const spread = (x: tf.Tensor, rows: number, rest: number) =>
    tf.pad(tf.reshape(x, [rows, 1, rest]), [
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]);
  const tall = spread(kernel, height, width * channels * multiplier);
  const spaced = spread(tall, height * dilation * width, channels * multiplier);
  const whole = tf.reshape(spaced, [height * dilation, width * dilation, channels, multiplier]);
  return tf.slice(whole, [0, 0, 0, 0], [side(height), side(width), channels, multiplier]);
}
