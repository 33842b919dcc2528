import * as tf from '@tensorflow/tfjs-core';
import { requireObject } from '../errors';
// tfjs-core registers no gradient of its own in Node; tfjs-layers registers them all.
import '@tensorflow/tfjs-layers';

/** Inputs of a kernel: by name, or a list for kernels of variable arity. */
export type KernelInputs = Readonly<Record<string, tf.Tensor>> | readonly tf.Tensor[];

/** Plain settings of a kernel. */
export type KernelAttributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;

/** The contract of a kernel, which its generic body and the fast ones of backends keep. */
export interface KernelType<
  Name extends string = string,
  Inputs extends KernelInputs = KernelInputs,
  Attributes extends KernelAttributes = KernelAttributes,
  Outputs extends tf.Tensor | tf.Tensor[] = tf.Tensor | tf.Tensor[],
> {
  /** What it is registered under. */
  readonly name: Name;
  readonly inputs: Inputs;
  readonly attributes: Attributes;
  readonly outputs: Outputs;
}

/** Of a kernel without settings. */
export type NoAttributes = Readonly<Record<string, never>>;

/** Names of the inputs of a kernel; a list's are its indices. */
export type InputName<K extends KernelType> = K['inputs'] extends readonly tf.Tensor[]
  ? number
  : keyof K['inputs'] & string;

/** A differentiable tensor function with a body that runs on every backend. */
export interface KernelDefinition<K extends KernelType> {
  /** The kernel's name; starts with `NoisyDarts`. */
  readonly name: K['name'];
  /** The generic body, in tfjs-core operations; intermediate tensors are disposed by the caller. */
  readonly body: (inputs: K['inputs'], attrs: K['attributes']) => K['outputs'];
  /** Names of inputs the gradient needs, or `'all'` for a list of inputs. */
  readonly saveInputs?: readonly InputName<K>[] | 'all';
  /** Which outputs the gradient needs. */
  readonly saveOutputs?: readonly boolean[];
  /**
   * One thunk an input; a thunk runs only if that input's gradient is asked for.
   *
   * `saved` holds the saved inputs in order, then the saved outputs.
   */
  readonly gradient?: (
    dy: K['outputs'],
    saved: tf.Tensor[],
    attrs: K['attributes'],
  ) => { readonly [Input in InputName<K>]?: () => tf.Tensor };
}

/** Runs a kernel on the current backend. */
export type KernelFunction<K extends KernelType> = (
  inputs: K['inputs'],
  attrs: K['attributes'],
) => K['outputs'];

/**
 * Registers a kernel's gradient and returns the function that runs it on the current backend.
 *
 * The generic body is registered for a backend when it is first used there, unless a faster body for that backend
 * has been registered under the same name.
 */
export function defineKernel<K extends KernelType<`NoisyDarts${string}`>>(
  definition: KernelDefinition<K>,
): KernelFunction<K> {
  requireObject('defineKernel', 'the definition', definition, 'pass { name, body }', 'name', 'body');
  const { name, body, saveInputs, saveOutputs, gradient } = definition;
  if (gradient) {
    tf.registerGradient({
      kernelName: name,
      saveAllInputs: saveInputs === 'all',
      inputsToSave: saveInputs === 'all' || !saveInputs ? [] : saveInputs.map(String),
      outputsToSave: saveOutputs ? [...saveOutputs] : [],
      gradFunc: (dy, saved, attrs) =>
        gradient(dy as K['outputs'], saved, attrs as unknown as K['attributes']) as Record<
          string,
          () => tf.Tensor
        >,
    });
  }
  const generic: tf.KernelFunc = ({ inputs, attrs }) =>
    tf.tidy(
      () => body(inputs as unknown as K['inputs'], attrs as unknown as K['attributes']) as tf.Tensor,
    ) as unknown as tf.TensorInfo;
  return (inputs, attrs) => {
    const backend = requireBackend(name);
    if (tf.getKernel(name, backend) == null) {
      tf.registerKernel({ kernelName: name, backendName: backend, kernelFunc: generic });
    }
    return tf
      .engine()
      .runKernel(name, inputs as unknown as tf.NamedTensorMap, attrs as unknown as tf.NamedAttrMap);
  };
}

/** The name of the backend in use. @throws Error in words if there is none. */
export function requireBackend(fn: string): string {
  const name = tf.getBackend();
  if (name) return name;
  try {
    tf.backend();
  } catch {
    throw new Error(
      `${fn}: no backend is registered, got none; import one first, for example '@tensorflow/tfjs-backend-wasm', and await tf.ready()`,
    );
  }
  return tf.getBackend();
}
