import * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';

/** A kernel of tfjs itself that its wasm backend lacks, computes otherwise than cpu, or slowly. */
export interface StockKernel {
  readonly name: string;
  /** Whether the backend's own kernel, if it has one, computes what cpu does; without a body it always does. */
  readonly isRight: (inputs: tf.NamedTensorInfoMap, attrs: tf.NamedAttrMap | undefined) => boolean;
  readonly body?: (
    module: WasmInstance,
    inputs: tf.NamedTensorInfoMap,
    attrs: tf.NamedAttrMap | undefined,
  ) => tf.TensorInfo;
  /** The output, where the module computes it faster than the backend's own kernel; undefined elsewhere. */
  readonly fast?: FastBody | undefined;
}

/** A body without operations of tfjs, whose output the caller owns; undefined if it does not know the case. */
export type FastBody = (
  module: WasmInstance,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap | undefined,
) => tf.TensorInfo | undefined;

/** The kernel `name`, whose body may use tfjs's operations and leave their tensors to be freed. */
export const stockKernel = <Inputs extends string, Attrs>(
  name: string,
  body: (module: WasmInstance, inputs: Record<Inputs, tf.Tensor>, attrs: Attrs) => tf.Tensor,
  isRight: (inputs: Record<Inputs, tf.TensorInfo>, attrs: Attrs) => boolean = () => true,
): StockKernel => ({
  name,
  isRight: (inputs, attrs) => isRight(inputs as Record<Inputs, tf.TensorInfo>, attrs as Attrs),
  body: (module, inputs, attrs) =>
    tf.tidy(() => body(module, inputs as Record<Inputs, tf.Tensor>, attrs as Attrs)),
});

/** Of a kernel that is wrong more often than not. */
export const never = () => false;

/** Output of the module as a tensor that goes the way of other tensors. */
export const tensorOf = (output: tf.TensorInfo): tf.Tensor => tf.engine().makeTensorFromTensorInfo(output);

/** A tensor as float32, which is all the module computes in; cpu's kernels take whole numbers and truth values as well. */
export const asFloat = <T extends tf.Tensor>(x: T): T => (x.dtype === 'float32' ? x : tf.cast(x, 'float32'));
