import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../kernels/geometry';
import { float, mostTensors, outputName, release, rewrite, run } from '../shader';
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
    const variables = some.flatMap(({ mean, variance }) => [mean, variance]);
    const next = rewrite(backend, variables, {
      key: `edge_running_${some.length}`,
      inputs: { statistics },
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
        const [mean, variance] = [outputName(2 * k), outputName(2 * k + 1)];
        const at = `uniforms.first + ${k} * uniforms.size + index`;
        return `${mean}[index] = ${mean}[index] * (1.0 - uniforms.momentum${k}) + statistics[${at}] * uniforms.momentum${k};
    ${variance}[index] = ${variance}[index] * (1.0 - uniforms.momentum${k})
      + statistics[uniforms.columns + ${at}] * uniforms.correction${k};`;
      })
      .join('\n    ')}
  }`,
    });
    tf.tidy(() => {
      for (const [k, variable] of variables.entries())
        variable.assign(tf.engine().makeTensorFromTensorInfo(next[k]!));
    });
  }
}
