import { deviationOf } from '../deviation';
import { type Draw, type Formula, noiseCode, unitCode } from '../draw';
import { release, run, type WebGPUKernel } from '../shader';

export const noiseKernels: readonly WebGPUKernel[] = [
  {
    name: 'NoisyDartsDraw',
    body: (backend, _, { shape, ...draw }: Draw & { shape: readonly number[] }) => {
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
    body: (backend, { x }, attrs: Draw & Formula) => {
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
