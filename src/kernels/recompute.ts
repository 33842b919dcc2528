import * as tf from '@tensorflow/tfjs-core';
import { requireTensors } from '../errors';
import { dropTape, wayBack } from './tape';

/**
 * A part of a network that keeps nothing for the way back but its inputs, and runs forward a second time there: less
 * memory for more time.
 *
 * @param f - The part, of the inputs and then the constants. `again` is true in the second run, which must give the same
 *   numbers and leave no trace.
 * @param inputs - Tensors that gradients flow to.
 * @param variables - Variables inside `f` whose gradients may be asked for.
 * @param constants - Tensors that gradients do not flow to. Default none.
 *
 * Source: Chen et al., "Training deep nets with sublinear memory cost" (2016).
 */
export function recomputed<T extends tf.Tensor>(
  f: (inputs: readonly tf.Tensor[], again: boolean) => T,
  inputs: readonly tf.Tensor[],
  variables: readonly tf.Variable[],
  constants: readonly tf.Tensor[] = [],
): T {
  requireTensors('recomputed', 'inputs', inputs);
  requireTensors('recomputed', 'variables', variables);
  const count = inputs.length;
  const part = tf.customGrad((...args) => {
    const save = args[args.length - 1] as unknown as (tensors: tf.Tensor[]) => void;
    const given = [...(args as tf.Tensor[]).slice(0, count), ...constants];
    const value = f(given, false);
    save(given);
    return {
      value,
      gradFunc: (dy, saved) => gradients(() => f(saved, true), [...saved.slice(0, count), ...variables], dy),
    };
  });
  return part(...inputs, ...variables) as T;
}

function gradients(f: () => tf.Tensor, xs: readonly tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const { state } = tf.engine();
  // tfjs forgets the outer tape when a gradient is taken within a gradient's backward pass.
  const outer = state.activeTape;
  try {
    const { grads } = wayBack.take(f, xs, dy);
    // tfjs takes tensors only; what the part does not depend on has a gradient of 0.
    return xs.map((x, i) => grads[i] ?? tf.zerosLike(x));
  } catch (error) {
    dropTape();
    throw error;
  } finally {
    state.activeTape = outer;
  }
}
