import type * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../kernels/geometry';
import type { AdamUpdate } from '../../optimizers/adam-update';
import type { GlobalNorm } from '../../optimizers/clip-by-global-norm';
import type { SgdUpdate } from '../../optimizers/sgd-update';
import type { WasmInstance } from '../instance';
import type { WasmKernels } from './kernel';

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

export const optimizerKernels: WasmKernels<SgdUpdate | AdamUpdate | GlobalNorm> = {
  NoisyDartsSgdUpdate(module, { w, g, buffer }, { learningRate, momentum, weightDecay: decay, nesterov }) {
    const { functions } = module;
    const n = sizeOf(w.shape);
    const next = copy(module, w, w.shape);
    const common = { w: module.address(next), g: module.address(g), n, decay, factor: 1 };
    if (momentum === 0) {
      functions.sgd({ ...common, rate: learningRate, momentum });
      return [next];
    }
    const velocity = copy(module, buffer, w.shape);
    const v = module.address(velocity);
    if (!nesterov) {
      functions.sgd({ ...common, v, rate: learningRate, momentum });
      return [next, velocity];
    }
    // At rate 0 the velocity moves alone; then w - lr g' - lr m v'.
    functions.sgd({ ...common, v, rate: 0, momentum });
    functions.sgd({ ...common, rate: learningRate, momentum: 0 });
    functions.addScaled({ x: v, y: common.w, n, factor: -learningRate * momentum });
    return [next, velocity];
  },
  NoisyDartsAdamUpdate(module, { w, g, m, v }, { weightDecay, ...settings }) {
    const { shape } = w;
    const made = [w, m, v].map((source) => copy(module, source, shape));
    const [next, first, second] = made.map((info) => module.address(info)) as [number, number, number];
    module.functions.adam({
      ...settings,
      w: next,
      g: module.address(g),
      m: first,
      v: second,
      n: sizeOf(shape),
      decay: weightDecay,
    });
    return made;
  },
  NoisyDartsGlobalNorm(module, inputs) {
    const out = module.output([]);
    const sum = Object.values(inputs).reduce(
      (total, grad) => total + module.functions.squares(module.address(grad), sizeOf(grad.shape), 0),
      0,
    );
    module.floats(module.address(out), 1)[0] = Math.sqrt(sum);
    return out;
  },
};
