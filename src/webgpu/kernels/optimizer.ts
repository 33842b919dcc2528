import { float, runAll, type WebGPUKernel } from '../shader';

interface Sgd {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

interface Adam {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly rootCorrection: number;
}

export const optimizerKernels: readonly WebGPUKernel[] = [
  {
    name: 'NoisyDartsSgdUpdate',
    body: (backend, { w, g, buffer }, { learningRate, momentum, weightDecay, nesterov }: Sgd) => {
      const moves = momentum !== 0;
      const kind = `${moves ? (buffer ? 'momentum' : 'first') : 'plain'}${nesterov ? '_nesterov' : ''}`;
      return runAll(backend, {
        key: `sgd_${kind}`,
        inputs: { w: w!, g: g!, ...(moves && buffer ? { buffer } : {}) },
        shape: w!.shape,
        ...(moves ? { more: { velocities: w!.shape } } : {}),
        uniforms: { rate: float(learningRate), momentum: float(momentum), decay: float(weightDecay) },
        code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let decayed = g[index] + uniforms.decay * w[index];
    let velocity = ${moves && buffer ? 'uniforms.momentum * buffer[index] + ' : ''}decayed;
    ${moves ? 'velocities[index] = velocity;' : ''}
    result[index] = w[index] - uniforms.rate * ${nesterov ? '(decayed + uniforms.momentum * velocity)' : 'velocity'};
  }`,
      });
    },
  },
  {
    name: 'NoisyDartsAdamUpdate',
    body: (backend, { w, g, m, v }, { rate, beta1, beta2, epsilon, weightDecay, rootCorrection }: Adam) => {
      const before = m && v ? { m, v } : undefined;
      return runAll(backend, {
        key: `adam_${before ? 'next' : 'first'}`,
        inputs: { w: w!, g: g!, ...before },
        shape: w!.shape,
        more: { firstMoments: w!.shape, secondMoments: w!.shape },
        uniforms: {
          rate: float(rate),
          beta1: float(beta1),
          beta2: float(beta2),
          // 1 - beta in double precision, as in the generic body: near 1 a float32 has few digits left of it.
          rest1: float(1 - beta1),
          rest2: float(1 - beta2),
          epsilon: float(epsilon),
          decay: float(weightDecay),
          root: float(rootCorrection),
        },
        code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let decayed = g[index] + uniforms.decay * w[index];
    let first = ${before ? 'uniforms.beta1 * m[index] + ' : ''}uniforms.rest1 * decayed;
    let second = ${before ? 'uniforms.beta2 * v[index] + ' : ''}uniforms.rest2 * (decayed * decayed);
    firstMoments[index] = first;
    secondMoments[index] = second;
    result[index] = w[index] - uniforms.rate * (first / (sqrt(second) / uniforms.root + uniforms.epsilon));
  }`,
      });
    },
  },
];
