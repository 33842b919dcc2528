import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { float, mostTensors, release, run, runAll, sizeOf, takeOver } from '../shader';
import { COMBINE, chunkMoments } from '../sums';
import type { Level } from './layout';

/** Mean, variance and 1 / sqrt(variance + epsilon) of every channel of every map of a level: [3, planes, C]. */
export function measure(
  backend: WebGPUBackend,
  { norms, output, epsilon }: Level,
  maps: tf.TensorInfo,
): tf.TensorInfo {
  const channels = output[3];
  const { partial, uniforms } = chunkMoments(backend, {
    key: 'planes',
    inputs: { maps },
    rows: sizeOf(output) / channels,
    channels,
    planes: norms.length,
    code: `fn value(plane : i32, row : i32, channel : i32) -> f32 {
    return maps[(plane * uniforms.rows + row) * uniforms.channels + channel];
  }`,
  });
  const columns = norms.length * channels;
  const statistics = run(backend, {
    key: 'edge_statistics',
    inputs: { partial },
    shape: [3, norms.length, channels],
    uniforms: { ...uniforms, epsilon: float(epsilon) },
    workgroups: Math.ceil(columns / 64),
    code: `${COMBINE}
  fn main(index : i32) {
    if (index >= uniforms.columns) { return; }
    let mean = meanOf(index);
    let variance = squaresOf(index, mean) / f32(uniforms.rows);
    result[index] = mean;
    result[uniforms.columns + index] = variance;
    result[2 * uniforms.columns + index] = inverseSqrt(variance + uniforms.epsilon);
  }`,
  });
  release(backend, partial);
  return statistics;
}

/** Feeds the running statistics of a level's norms. */
export function updateRunning(
  backend: WebGPUBackend,
  { norms, output }: Level,
  statistics: tf.TensorInfo,
): void {
  const rows = sizeOf(output) / output[3];
  const most = Math.floor((mostTensors(backend) - 1) / 2);
  for (let first = 0; first < norms.length; first += most) {
    const some = norms.slice(first, first + most);
    const outputs = some.flatMap((norm, k) => {
      const { mean, variance } = norm.running();
      return [
        { name: k === 0 ? 'result' : `mean${k}`, variable: mean, next: takeOver(backend, mean) },
        { name: `variance${k}`, variable: variance, next: takeOver(backend, variance) },
      ];
    });
    runAll(backend, {
      key: `edge_running_${some.length}`,
      inputs: { statistics },
      shape: [output[3]],
      more: Object.fromEntries(outputs.slice(1).map(({ name, next }) => [name, next.shape])),
      into: Object.fromEntries(outputs.map(({ name, next }) => [name, next])),
      uniforms: {
        columns: norms.length * output[3],
        first: first * output[3],
        ...Object.assign(
          {},
          ...some.map(({ momentum }, k) => ({
            [`momentum${k}`]: float(momentum),
            [`correction${k}`]: float((momentum * rows) / (rows - 1)),
          })),
        ),
      },
      code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    ${some
      .map((_, k) => {
        const mean = k === 0 ? 'result' : `mean${k}`;
        const at = `uniforms.first + ${k} * uniforms.size + index`;
        return `${mean}[index] = ${mean}[index] * (1.0 - uniforms.momentum${k}) + statistics[${at}] * uniforms.momentum${k};
    variance${k}[index] = variance${k}[index] * (1.0 - uniforms.momentum${k})
      + statistics[uniforms.columns + ${at}] * uniforms.correction${k};`;
      })
      .join('\n    ')}
  }`,
    });
    tf.tidy(() => {
      for (const { variable, next } of outputs) variable.assign(tf.engine().makeTensorFromTensorInfo(next));
    });
  }
}
