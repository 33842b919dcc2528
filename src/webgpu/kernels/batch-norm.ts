import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import type {
  BatchNorm,
  BatchNormAffineKernel,
  BatchNormInputGrad,
  BatchNormScaleGrad,
  RunningUpdate,
} from '../../kernels/batch-norm';
import { sizeOf } from '../../kernels/geometry';
import { float, release, run, runAll, type WebGPUKernels } from '../shader';
import { allOf, COMBINE, chunkMoments, sums } from '../sums';

function normalize(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  epsilon: number,
  affine: { readonly scale?: tf.TensorInfo; readonly offset?: tf.TensorInfo } = {},
): tf.TensorInfo[] {
  const channels = x.shape[3]!;
  const { partial, uniforms } = chunkMoments(backend, allOf(x, channels));
  const [mean, variance] = runAll(backend, {
    key: 'combine_moments',
    inputs: { partial },
    shape: [channels],
    more: { variances: [channels] },
    uniforms,
    code: `${COMBINE}
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let mean = meanOf(index);
    result[index] = mean;
    variances[index] = squaresOf(index, mean) / f32(uniforms.rows);
  }`,
  }) as [tf.TensorInfo, tf.TensorInfo];
  release(backend, partial);
  const y = run(backend, {
    key: `batch_norm_${affine.scale ? 'affine' : 'plain'}`,
    inputs: { x, mean, variance, ...affine },
    shape: x.shape,
    uniforms: { channels, epsilon: float(epsilon) },
    code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let channel = index % uniforms.channels;
    let y = (x[index] - mean[channel]) * inverseSqrt(variance[channel] + uniforms.epsilon);
    result[index] = ${affine.scale ? 'y * scale[channel] + offset[channel]' : 'y'};
  }`,
  });
  return [y, mean, variance];
}

export const batchNormKernels: WebGPUKernels<
  BatchNorm | BatchNormAffineKernel | BatchNormInputGrad | BatchNormScaleGrad | RunningUpdate
> = {
  NoisyDartsBatchNorm: (backend, { x }, { epsilon }) => normalize(backend, x, epsilon),
  NoisyDartsBatchNormAffine: (backend, { x, scale, offset }, { epsilon }) =>
    normalize(backend, x, epsilon, { scale, offset }),
  NoisyDartsBatchNormInputGrad: (backend, { dy, x, mean, variance }, { epsilon }) => {
    const channels = x.shape[3];
    const rows = sizeOf(x.shape) / channels;
    // sum dy, sum dy (x - mean)
    const both = sums(backend, {
      key: 'batch_norm_sums',
      inputs: { dy, x, mean },
      shape: [2, channels],
      rows,
      channels,
      planes: 2,
      code: `fn term(plane : i32, row : i32, channel : i32) -> f32 {
    let at = row * uniforms.channels + channel;
    if (plane == 0) { return dy[at]; }
    return dy[at] * (x[at] - mean[channel]);
  }`,
    });
    const dx = run(backend, {
      key: 'batch_norm_input_grad',
      inputs: { dy, x, mean, variance, both },
      shape: x.shape,
      uniforms: { channels, rows, epsilon: float(epsilon) },
      code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let channel = index % uniforms.channels;
    let r = inverseSqrt(variance[channel] + uniforms.epsilon);
    let rows = f32(uniforms.rows);
    let normalized = (x[index] - mean[channel]) * r;
    let product = both[uniforms.channels + channel] * r / rows;
    result[index] = (dy[index] - both[channel] / rows - normalized * product) * r;
  }`,
    });
    release(backend, both);
    return dx;
  },
  NoisyDartsBatchNormScaleGrad: (backend, { dy, x, mean, variance }, { epsilon }) => {
    const channels = x.shape[3];
    return sums(backend, {
      key: 'batch_norm_scale_grad',
      inputs: { dy, x, mean, variance },
      shape: [channels],
      rows: sizeOf(x.shape) / channels,
      channels,
      planes: 1,
      uniforms: { epsilon: float(epsilon) },
      code: `fn term(plane : i32, row : i32, channel : i32) -> f32 {
    let at = row * uniforms.channels + channel;
    return dy[at] * (x[at] - mean[channel]) * inverseSqrt(variance[channel] + uniforms.epsilon);
  }`,
    });
  },
  NoisyDartsRunningUpdate: (
    backend,
    { mean, variance, batchMean, batchVariance },
    { momentum, correction },
  ) =>
    runAll(backend, {
      key: 'running_update',
      inputs: {
        mean,
        variance,
        batchMean,
        batchVariance,
      },
      shape: mean.shape,
      more: { variances: variance.shape },
      uniforms: {
        keep: float(1 - momentum),
        take: float(momentum),
        takeVariance: float(momentum * correction),
      },
      code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    result[index] = mean[index] * uniforms.keep + batchMean[index] * uniforms.take;
    variances[index] = variance[index] * uniforms.keep + batchVariance[index] * uniforms.takeVariance;
  }`,
    }),
};
