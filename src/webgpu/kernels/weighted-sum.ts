import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../kernels/geometry';
import type { WeightedSum, WeightedSumTermGrad, WeightedSumWeightsGrad } from '../../kernels/weighted-sum';
import { mostTensors, release, run, type WebGPUKernels } from '../shader';
import { sums } from '../sums';

/** How many tensors a shader may read beside those named here and its output. */
const room = (backend: WebGPUBackend, others: number) => mostTensors(backend) - 1 - others;

const named = (terms: readonly tf.TensorInfo[]) =>
  Object.fromEntries(terms.map((term, k) => [`x${k}`, term] as const));

/** The gradient of one term of a weighted sum. */
export const termGrad = (
  backend: WebGPUBackend,
  dy: tf.TensorInfo,
  weights: tf.TensorInfo,
  term: number,
): tf.TensorInfo =>
  run(backend, {
    key: 'weighted_sum_term_grad',
    inputs: { dy, weights },
    shape: dy.shape,
    uniforms: { term },
    code: `fn main(index : i32) {
    if (index < uniforms.size) { result[index] = dy[index] * weights[uniforms.term]; }
  }`,
  });

export const weightedSumKernels: WebGPUKernels<WeightedSum | WeightedSumTermGrad | WeightedSumWeightsGrad> = {
  NoisyDartsWeightedSum: (backend, inputs) => {
    const [weights, ...terms] = Object.values(inputs) as [tf.TensorInfo, ...tf.TensorInfo[]];
    let y: tf.TensorInfo | undefined;
    for (let first = 0; first < terms.length; ) {
      const part = terms.slice(first, first + room(backend, y ? 2 : 1));
      const next: tf.TensorInfo = run(backend, {
        key: `weighted_sum_${part.length}${y ? '_more' : ''}`,
        inputs: { ...(y ? { y } : {}), weights, ...named(part) },
        shape: terms[0]!.shape,
        uniforms: { first },
        code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    var sum = ${y ? 'y[index]' : '0.0'};
    ${part.map((_, k) => `sum = sum + x${k}[index] * weights[uniforms.first + ${k}];`).join('\n    ')}
    result[index] = sum;
  }`,
      });
      if (y) release(backend, y);
      y = next;
      first += part.length;
    }
    return y!;
  },
  NoisyDartsWeightedSumWeightsGrad: (backend, inputs) => {
    const [dy, ...terms] = Object.values(inputs) as [tf.TensorInfo, ...tf.TensorInfo[]];
    const most = room(backend, 1);
    const products = (part: readonly tf.TensorInfo[]) =>
      sums(backend, {
        key: `weighted_sum_products_${part.length}`,
        inputs: { dy, ...named(part) },
        shape: [part.length],
        rows: sizeOf(dy.shape),
        channels: 1,
        planes: part.length,
        code: `fn term(plane : i32, row : i32, channel : i32) -> f32 {
    switch (plane) {
      ${part.map((_, k) => `case ${k}: { return dy[row] * x${k}[row]; }`).join('\n      ')}
      default: { return f32(channel); }
    }
  }`,
      });
    if (terms.length <= most) return products(terms);
    const parts: tf.TensorInfo[] = [];
    for (let first = 0; first < terms.length; first += most)
      parts.push(products(terms.slice(first, first + most)));
    const [head, ...rest] = parts as [tf.TensorInfo, ...tf.TensorInfo[]];
    return rest.reduce((list, part) => {
      const joined = join(backend, list, part);
      release(backend, list, part);
      return joined;
    }, head);
  },
  NoisyDartsWeightedSumTermGrad: (backend, { dy, weights }, { index }) =>
    termGrad(backend, dy, weights, index),
};

const join = (backend: WebGPUBackend, a: tf.TensorInfo, b: tf.TensorInfo) =>
  run(backend, {
    key: 'join',
    inputs: { a, b },
    shape: [a.shape[0]! + b.shape[0]!],
    uniforms: { length: a.shape[0]! },
    code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    if (index < uniforms.length) { result[index] = a[index]; }
    else { result[index] = b[index - uniforms.length]; }
  }`,
  });
