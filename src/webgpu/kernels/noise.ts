import type { DrawAttributes, NoiseAttributes } from '../../kernels';
import { deviationOf } from '../deviation';
import { noiseCode, unitCode } from '../draw';
import { release, run, type WebGPUKernel } from '../shader';

export const noiseKernels: readonly WebGPUKernel[] = [
  {
    name: 'NoisyDartsDraw',
    body: (backend, _, { shape, ...draw }: DrawAttributes & { shape: readonly number[] }) => {
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
  },
  {
    name: 'NoisyDartsCounterNoise',
    body: (backend, { x }, attrs: NoiseAttributes) => {
      const { key, uniforms, code } = noiseCode(attrs);
      const deviation = attrs.relative ? deviationOf(backend, x!) : undefined;
      const y = run(backend, {
        key: `noise_${key}`,
        inputs: { x: x!, ...(deviation ? { deviation } : {}) },
        shape: x!.shape,
        uniforms,
        code: `${code}
  fn main(index : i32) {
    if (index < uniforms.size) { result[index] = disturbed(x[index], index); }
  }`,
      });
      if (deviation) release(backend, deviation);
      return y;
    },
  },
];
