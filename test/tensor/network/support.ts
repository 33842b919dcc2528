import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { stateVariables, weightVariables } from '../../../src/layers';
import { stream } from '../../../src/random';

/** Frees all variables of a model or layer. */
export function free(model: LayersModel | layers.Layer): void {
  tf.dispose([...weightVariables(model), ...stateVariables(model)]);
}

/** A batch of normal images, always the same ones. The caller disposes it. */
export function images(shape: [number, number, number, number], seed = 1): tf.Tensor4D {
  const generator = stream(seed, 'images').generator();
  return tf.tensor4d(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => generator.normal()),
    shape,
  );
}

/** Gives running statistics and batch norm parameters values that leave their mark. */
export function unsettle(model: LayersModel, seed = 2): void {
  const generator = stream(seed, 'unsettle').generator();
  for (const weight of model.weights) {
    if (!/\/(moving_mean|moving_variance|gamma|beta)$/.test(weight.originalName)) continue;
    const positive = /(variance|gamma)$/.test(weight.originalName);
    const values = Float32Array.from({ length: tf.util.sizeFromShape(weight.shape as number[]) }, () =>
      positive ? 0.5 + generator.uniform() : generator.normal() * 0.3,
    );
    tf.tidy(() => {
      weight.write(tf.tensor(values, weight.shape as number[]));
    });
  }
}
