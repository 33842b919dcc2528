import * as tf from '@tensorflow/tfjs-core';
// tfjs-core registers no gradient of its own in Node; tfjs-layers registers them all.
import '@tensorflow/tfjs-layers';

/** Inputs of a kernel: by name, or a list for kernels of variable arity. */
export type KernelInputs = Record<string, tf.Tensor> | readonly tf.Tensor[];

/** Plain settings of a kernel. */
export type KernelAttributes = Record<string, number | boolean | string | readonly number[]>;

/** A differentiable tensor function with a body that runs on every backend. */
export interface KernelDefinition<I extends KernelInputs, A extends KernelAttributes, O> {
  /** The kernel's name; starts with `NoisyDarts`. */
  readonly name: `NoisyDarts${string}`;
  /** The generic body, in tfjs-core operations; intermediate tensors are disposed by the caller. */
  readonly body: (inputs: I, attrs: A) => O;
  /** Names of inputs the gradient needs, or `'all'` for a list of inputs. */
  readonly saveInputs?: readonly string[] | 'all';
  /** Which outputs the gradient needs. */
  readonly saveOutputs?: readonly boolean[];
  /**
   * One thunk an input; a thunk runs only if that input's gradient is asked for.
   *
   * `saved` holds the saved inputs in order, then the saved outputs.
   */
  readonly gradient?: (
    dy: tf.Tensor | tf.Tensor[],
    saved: tf.Tensor[],
    attrs: A,
  ) => Record<string, () => tf.Tensor>;
}

/**
 * Registers a kernel's gradient and returns the function that runs it on the current backend.
 *
 * The generic body is registered for a backend when it is first used there, unless a faster body for that backend
 * has been registered under the same name.
 */
export function defineKernel<
  I extends KernelInputs,
  A extends KernelAttributes,
  O extends tf.Tensor | tf.Tensor[] = tf.Tensor,
>(definition: KernelDefinition<I, A, O>): (inputs: I, attrs: A) => O {
  const { name, body, saveInputs, saveOutputs, gradient } = definition;
  if (gradient) {
    tf.registerGradient({
      kernelName: name,
      saveAllInputs: saveInputs === 'all',
      inputsToSave: saveInputs === 'all' || !saveInputs ? [] : [...saveInputs],
      outputsToSave: saveOutputs ? [...saveOutputs] : [],
      gradFunc: (dy, saved, attrs) => gradient(dy as tf.Tensor | tf.Tensor[], saved, attrs as unknown as A),
    });
  }
  const generic: tf.KernelFunc = ({ inputs, attrs }) =>
    tf.tidy(
      () => body(inputs as unknown as I, attrs as unknown as A) as tf.Tensor,
    ) as unknown as tf.TensorInfo;
  return (inputs, attrs) => {
    const backend = currentBackend(name);
    if (tf.getKernel(name, backend) == null) {
      tf.registerKernel({ kernelName: name, backendName: backend, kernelFunc: generic });
    }
    return tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attrs as unknown as tf.NamedAttrMap);
  };
}

function currentBackend(kernel: string): string {
  const name = tf.getBackend();
  if (name) return name;
  try {
    tf.backend();
  } catch {
    throw new Error(
      `${kernel}: no backend is registered, got none; import one first, for example '@tensorflow/tfjs-backend-wasm', and await tf.ready()`,
    );
  }
  return tf.getBackend();
}
