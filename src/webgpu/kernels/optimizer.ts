import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../kernels/geometry';
import type { AdamUpdate } from '../../optimizers/adam-update';
import type { SgdUpdate, SgdUpdates } from '../../optimizers/sgd-update';
import { float, mostTensors, outputName, release, rewrite, run, runAll, type WebGPUKernels } from '../shader';

type Sgd = SgdUpdate['attributes'];

/** WGSL: what {@link moved} needs. */
const sgdUniforms = ({ learningRate, momentum, weightDecay }: Sgd) => ({
  rate: float(learningRate),
  momentum: float(momentum),
  decay: float(weightDecay),
});

/** WGSL: a step of one element, from its gradient; `velocities` is undefined without momentum, `buffer` at the first step. */
const moved = (
  names: { w: string; g: string; next: string; buffer?: string | undefined; velocities?: string | undefined },
  nesterov: boolean,
) => `
    let decayed = ${names.g} + uniforms.decay * ${names.w};
    let velocity = ${names.buffer ? `uniforms.momentum * ${names.buffer} + ` : ''}decayed;
    ${names.velocities ? `${names.velocities} = velocity;` : ''}
    ${names.next} = ${names.w} - uniforms.rate * ${nesterov ? '(decayed + uniforms.momentum * velocity)' : 'velocity'};`;

type Turn = {
  readonly w: tf.TensorInfo;
  readonly g: tf.TensorInfo;
  readonly buffer: tf.TensorInfo | undefined;
};

/** New tensors of one variable's step. */
function step(backend: WebGPUBackend, { w, g, buffer }: Turn, settings: Sgd): tf.TensorInfo[] {
  const { momentum, nesterov } = settings;
  const moves = momentum !== 0;
  const kind = `${moves ? (buffer ? 'momentum' : 'first') : 'plain'}${nesterov ? '_nesterov' : ''}`;
  const names = {
    w: 'w[index]',
    g: 'g[index]',
    next: 'result[index]',
    buffer: moves && buffer ? 'buffer[index]' : undefined,
    velocities: moves ? 'velocities[index]' : undefined,
  };
  return runAll(backend, {
    key: `sgd_${kind}`,
    inputs: { w, g, ...(moves && buffer ? { buffer } : {}) },
    shape: w.shape,
    ...(moves ? { more: { velocities: w.shape } } : {}),
    uniforms: sgdUniforms(settings),
    code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }${moved(names, nesterov)}
  }`,
  });
}

/** {@link step} of several variables at once, along scaled gradients, in the tensors that they take the place of. */
function stepInPlace(
  backend: WebGPUBackend,
  turns: readonly Required<Turn>[],
  scale: tf.TensorInfo | undefined,
  settings: Sgd,
): tf.TensorInfo[] {
  let before = '0';
  const branches = turns.map((_, k) => {
    const at = `index - (${before})`;
    before = `${before} + uniforms.size${k}`;
    const [w, buffer] = [`${outputName(2 * k)}[at]`, `${outputName(2 * k + 1)}[at]`];
    const g = `${scale ? 'scale[0] * ' : ''}g${k}[at]`;
    return `if (index < ${before}) {
    let at = ${at};${moved({ w, g, next: w, buffer, velocities: buffer }, settings.nesterov)}
    return;
  }`;
  });
  const tensors = turns.flatMap(({ w, buffer }) => [w, buffer!]);
  return rewrite(backend, tensors, {
    key: `sgd_in_place_${turns.length}_${settings.nesterov}_${scale !== undefined}`,
    inputs: { ...Object.fromEntries(turns.map(({ g }, k) => [`g${k}`, g])), ...(scale ? { scale } : {}) },
    uniforms: {
      ...sgdUniforms(settings),
      ...Object.fromEntries(turns.map(({ w }, k) => [`size${k}`, sizeOf(w.shape)])),
    },
    workgroups: Math.ceil(turns.reduce((sum, { w }) => sum + sizeOf(w.shape), 0) / 64),
    code: `fn main(index : i32) {
  ${branches.join('\n  ')}
  }`,
  });
}

/** The turns before the first that has no buffer yet. */
function leading(turns: readonly Turn[]): Required<Turn>[] {
  const fresh = turns.findIndex(({ buffer }) => buffer === undefined);
  return (fresh < 0 ? turns : turns.slice(0, fresh)) as Required<Turn>[];
}

const scaled = (backend: WebGPUBackend, g: tf.TensorInfo, scale: tf.TensorInfo): tf.TensorInfo =>
  run(backend, {
    key: 'scaled',
    inputs: { g, scale },
    shape: g.shape,
    code: 'fn main(index : i32) { if (index < uniforms.size) { result[index] = g[index] * scale[0]; } }',
  });

export const optimizerKernels: WebGPUKernels<AdamUpdate | SgdUpdate | SgdUpdates> = {
  NoisyDartsSgdUpdate: (backend, { w, g, buffer }, settings) => step(backend, { w, g, buffer }, settings),
  NoisyDartsSgdUpdates: (backend, inputs, { count, ...settings }) => {
    const { scale } = inputs;
    const turns = Array.from({ length: count }, (_, k) => ({
      w: inputs[`w${k}`]!,
      g: inputs[`g${k}`]!,
      buffer: inputs[`buffer${k}`],
    }));
    const most = Math.floor((mostTensors(backend) - (scale ? 1 : 0)) / 3);
    const made: tf.TensorInfo[] = [];
    for (let first = 0; first < count; ) {
      const going = settings.momentum === 0 ? [] : leading(turns.slice(first, first + most));
      if (going.length > 0) made.push(...stepInPlace(backend, going, scale, settings));
      else {
        const turn = turns[first]!;
        const g = scale ? scaled(backend, turn.g, scale) : turn.g;
        made.push(...step(backend, { ...turn, g }, settings));
        if (scale) release(backend, g);
      }
      first += Math.max(going.length, 1);
    }
    return made;
  },
  NoisyDartsAdamUpdate: (
    backend,
    { w, g, m, v },
    { rate, beta1, beta2, epsilon, weightDecay, rootCorrection },
  ) => {
    const before = m && v ? { m, v } : undefined;
    return runAll(backend, {
      key: `adam_${before ? 'next' : 'first'}`,
      inputs: { w, g, ...before },
      shape: w.shape,
      more: { firstMoments: w.shape, secondMoments: w.shape },
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
};
