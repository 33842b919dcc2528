import type * as tf from '@tensorflow/tfjs-core';
import { float, run, type WebGPUKernel } from '../shader';

interface Sgd {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

export const optimizerKernels: readonly WebGPUKernel[] = [
  {
    name: 'NoisyDartsSgdUpdate',
    body: (backend, { w, g, buffer }, { learningRate, momentum, weightDecay, nesterov }: Sgd) => {
      const pointwise = (key: string, inputs: Record<string, tf.TensorInfo>, value: string) =>
        run(backend, {
          key: `sgd_${key}`,
          inputs,
          shape: w!.shape,
          uniforms: {
            rate: float(learningRate),
            momentum: float(momentum),
            decay: float(weightDecay),
          },
          code: `fn main(index : i32) {
    if (index < uniforms.size) { result[index] = ${value}; }
  }`,
        });
      const given = { w: w!, g: g! };
      const decayed = '(g[index] + uniforms.decay * w[index])';
      if (momentum === 0) return [pointwise('plain', given, `w[index] - uniforms.rate * ${decayed}`)];
      const velocity = buffer
        ? pointwise('velocity', { ...given, buffer }, `uniforms.momentum * buffer[index] + ${decayed}`)
        : pointwise('first_velocity', given, decayed);
      const next = nesterov
        ? pointwise(
            'nesterov',
            { ...given, velocity },
            `w[index] - uniforms.rate * (${decayed} + uniforms.momentum * velocity[index])`,
          )
        : pointwise('momentum', { w: w!, velocity }, 'w[index] - uniforms.rate * velocity[index]');
      return [next, velocity];
    },
  },
];
