import type * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import { type FastKernel, sizeOf } from './kernel';

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

/** A copy for the module to update in place, or zeros where there is nothing yet. */
function copy(
  module: WasmInstance,
  source: tf.TensorInfo | undefined,
  shape: readonly number[],
): tf.TensorInfo {
  if (!source) return module.zeros(shape);
  const out = module.output(shape);
  const size = sizeOf(shape);
  module.floats(module.address(out), size).set(module.floats(module.address(source), size));
  return out;
}

export const optimizerKernels: readonly FastKernel[] = [
  {
    name: 'NoisyDartsSgdUpdate',
    body: (module, { w, g, buffer }, { learningRate, momentum, weightDecay, nesterov }: Sgd) => {
      const { functions } = module;
      const { shape } = w!;
      const n = sizeOf(shape);
      const next = copy(module, w, shape);
      const gradient = module.address(g!);
      const weights = module.address(next);
      if (momentum === 0) {
        functions.sgd(weights, gradient, 0, n, learningRate, 0, weightDecay, 1);
        return [next];
      }
      const velocity = copy(module, buffer, shape);
      const v = module.address(velocity);
      if (!nesterov) {
        functions.sgd(weights, gradient, v, n, learningRate, momentum, weightDecay, 1);
        return [next, velocity];
      }
      // At rate 0 the velocity moves alone; then w - lr g' - lr m v'.
      functions.sgd(weights, gradient, v, n, 0, momentum, weightDecay, 1);
      functions.sgd(weights, gradient, 0, n, learningRate, 0, weightDecay, 1);
      functions.addScaled(v, weights, n, -learningRate * momentum);
      return [next, velocity];
    },
  },
  {
    name: 'NoisyDartsAdamUpdate',
    body: (module, { w, g, m, v }, attrs: Adam) => {
      const { shape } = w!;
      const [next, first, second] = [copy(module, w, shape), copy(module, m, shape), copy(module, v, shape)];
      module.functions.adam(
        module.address(next),
        module.address(g!),
        module.address(first),
        module.address(second),
        sizeOf(shape),
        attrs.rate,
        attrs.beta1,
        attrs.beta2,
        attrs.epsilon,
        attrs.weightDecay,
        attrs.rootCorrection,
      );
      return [next, first, second];
    },
  },
  {
    name: 'NoisyDartsGlobalNorm',
    body: (module, inputs) => {
      const out = module.output([]);
      const sum = Object.values(inputs).reduce(
        (total, grad) => total + module.functions.squares(module.address(grad), sizeOf(grad.shape), 0),
        0,
      );
      module.floats(module.address(out), 1)[0] = Math.sqrt(sum);
      return out;
    },
  },
];
