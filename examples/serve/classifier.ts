import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { useWasm } from './wasm';

/** A trained network, ready to answer. */
export interface Classifier {
  /** Number of its weights. */
  readonly weights: number;
  /** Probability of each class for an image [H * W] of values from 0 to 1. */
  classify(image: Float32Array): Float32Array;
}

/** What the training noted on the model. */
interface Metadata {
  readonly normalize?: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

/** Loads a network of stock layers onto the wasm backend. */
export async function loadClassifier(url: string): Promise<Classifier> {
  await useWasm();
  const model = await loadLayersModel(url);
  const [, ...shape] = model.inputs[0]!.shape as [null, number, number, number];
  const { normalize = { mean: [0], std: [1] } } = (model.getUserDefinedMetadata() ?? {}) as Metadata;
  const classify = (image: Float32Array) =>
    tf.tidy(() => {
      const pixels = tf.tensor(image, [1, ...shape]);
      const x = tf.div(tf.sub(pixels, [...normalize.mean]), [...normalize.std]);
      return tf.softmax(model.predict(x) as tf.Tensor2D).dataSync() as Float32Array;
    });
  // The first answer takes longest.
  classify(new Float32Array(tf.util.sizeFromShape(shape)));
  return { weights: model.countParams(), classify };
}
