import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import { release, run } from './shader';
import { allOf, COMBINE, chunkMoments } from './sums';

/** Unbiased standard deviation over all elements: [1]. */
export function deviationOf(backend: WebGPUBackend, x: tf.TensorInfo): tf.TensorInfo {
  const { partial, uniforms } = chunkMoments(backend, allOf(x, 1));
  const deviation = run(backend, {
    key: 'deviation',
    inputs: { partial },
    shape: [1],
    uniforms,
    code: `${COMBINE}
  fn main(index : i32) {
    if (index < uniforms.size) {
      result[index] = sqrt(squaresOf(index, meanOf(index)) / f32(uniforms.rows - 1));
    }
  }`,
  });
  release(backend, partial);
  return deviation;
}
