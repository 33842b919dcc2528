import type * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../kernels/geometry';
import type { AdamUpdate } from '../../optimizers/adam-update';
import type { GlobalNorm } from '../../optimizers/clip-by-global-norm';
import type { SgdUpdate, SgdUpdates } from '../../optimizers/sgd-update';
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

interface Turn {
  /** The variable and, with momentum, its buffer, to update in place. */
  readonly w: tf.TensorInfo;
  readonly velocity: tf.TensorInfo | undefined;
  readonly g: tf.TensorInfo;
  /** What the gradient is multiplied by. */
  readonly factor: number;
}

function sgdStep(
  module: WasmInstance,
  { w, velocity, g, factor }: Turn,
  { learningRate, momentum, weightDecay: decay, nesterov }: SgdUpdate['attributes'],
): tf.TensorInfo[] {
  const { functions } = module;
  const n = sizeOf(w.shape);
  const common = { w: module.address(w), g: module.address(g), n, decay, factor };
  if (!velocity) {
    functions.sgd({ ...common, rate: learningRate, momentum });
    return [w];
  }
  const v = module.address(velocity);
  if (nesterov) {
    // At rate 0 the velocity moves alone; then w - lr g' - lr m v'.
    functions.sgd({ ...common, v, rate: 0, momentum });
    functions.sgd({ ...common, rate: learningRate, momentum: 0 });
    functions.addScaled({ x: v, y: common.w, n, factor: -learningRate * momentum });
  } else functions.sgd({ ...common, v, rate: learningRate, momentum });
  return [w, velocity];
}

export const optimizerKernels: WasmKernels<SgdUpdate | SgdUpdates | AdamUpdate | GlobalNorm> = {
  NoisyDartsSgdUpdate(module, { w, g, buffer }, settings) {
    const velocity = settings.momentum === 0 ? undefined : copy(module, buffer, w.shape);
    return sgdStep(module, { w: copy(module, w, w.shape), velocity, g, factor: 1 }, settings);
  },
  NoisyDartsSgdUpdates(module, inputs, { count, ...settings }) {
    const factor = inputs.scale ? module.floats(module.address(inputs.scale), 1)[0]! : 1;
    // The tensors themselves, unless others hold on to their numbers.
    const taken = (tensor: tf.TensorInfo | undefined, shape: readonly number[]) =>
      tensor && !module.isShared(tensor) ? module.again(tensor) : copy(module, tensor, shape);
    return Array.from({ length: count }, (_, k) => {
      const [w, g] = [inputs[`w${k}`]!, inputs[`g${k}`]!];
      const velocity = settings.momentum === 0 ? undefined : taken(inputs[`buffer${k}`], w.shape);
      return sgdStep(module, { w: taken(w, w.shape), velocity, g, factor }, settings);
    }).flat();
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
