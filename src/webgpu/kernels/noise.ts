import type { CounterNoise, Draw } from '../../kernels/noise';
import { deviationOf } from '../deviation';
import { noiseCode, unitCode } from '../draw';
import { release, run, type WebGPUKernels } from '../shader';

export const noiseKernels: WebGPUKernels<CounterNoise | Draw> = {
  NoisyDartsDraw: (backend, _, { shape, ...draw }) => {
    const { key, uniforms, code } = unitCode(draw);
    return run(backend, {
      key: `draw_${key}`,
      inputs: {},
      shape,
      uniforms,
      code: `${code}
  fn main(index : i32) {
    if (index < uniforms.size) { result[index] = unit(index); }
  }`,
    });
  },
  NoisyDartsCounterNoise: (backend, { x }, attrs) => {
    const { key, uniforms, code } = noiseCode(attrs);
    const deviation = attrs.relative ? deviationOf(backend, x) : undefined;
    const y = run(backend, {
      key: `noise_${key}`,
      inputs: { x, ...(deviation ? { deviation } : {}) },
      shape: x.shape,
      uniforms,
      code: `${code}
  fn main(index : i32) {
    if (index < uniforms.size) { result[index] = disturbed(x[index], index); }
  }`,
    });
    if (deviation) release(backend, deviation);
    return y;
  },
};
