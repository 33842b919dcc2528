import * as tf from '@tensorflow/tfjs-core';
import { stream } from '../../src/random';

/** Standard normal numbers, the same for the same shape and seed on every backend. */
export function normal<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number | string = 0): tf.Tensor<R> {
  const generator = stream(seed, 'test', ...shape).generator();
  const values = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => generator.normal());
  return tf.tensor(values, [...shape] as tf.ShapeMap[R], 'float32');
}
