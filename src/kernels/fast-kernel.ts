import * as tf from '@tensorflow/tfjs-core';
import type { KernelType } from './kernel';

/** A tensor as a backend sees it. */
export interface Info<T extends tf.Tensor = tf.Tensor> extends tf.TensorInfo {
  shape: T['shape'] & number[];
}

/** Tensors as a backend sees them; a list is numbered. */
type Infos<T> = T extends readonly tf.Tensor[]
  ? Readonly<Record<number, Info<T[number]>>>
  : {
      readonly [Name in keyof T]: T[Name] extends tf.Tensor | undefined ? Info<NonNullable<T[Name]>> : never;
    };

type Made<Outputs> = Outputs extends tf.Tensor ? tf.TensorInfo : tf.TensorInfo[];

// A method, so that fast kernels of all kinds fit in one table.
interface Body<Context, K extends KernelType> {
  run(context: Context, inputs: Infos<K['inputs']>, attributes: K['attributes']): Made<K['outputs']>;
}

/** A backend's own body of a kernel; `context` is what its bodies work with. */
export type FastKernel<Context, K extends KernelType> = Body<Context, K>['run'];

/** A backend's own bodies of some kernels, by their names. */
export type FastKernels<Context, K extends KernelType> = {
  readonly [Name in K['name']]: FastKernel<Context, Extract<K, { readonly name: Name }>>;
};

/** Puts a backend's own bodies in the place of the generic ones. */
export function registerFastKernels<Context>(
  backendName: string,
  kernels: FastKernels<Context, KernelType>,
  contextOf: (backend: object) => Context,
): void {
  unregisterFastKernels(backendName, kernels);
  for (const [kernelName, run] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) =>
        run(contextOf(backend as object), inputs as Record<string, Info>, attrs as KernelType['attributes']),
    });
  }
}

/** Takes a backend's own bodies away; the generic ones return at their next use. */
export function unregisterFastKernels(backendName: string, kernels: object): void {
  for (const kernelName of Object.keys(kernels)) {
    if (tf.getKernel(kernelName, backendName) != null) tf.unregisterKernel(kernelName, backendName);
  }
}
