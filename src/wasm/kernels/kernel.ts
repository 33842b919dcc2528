import type * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';

/** A fast body for the wasm backend, under the name of the kernel it replaces. */
export interface FastKernel {
  readonly name: `NoisyDarts${string}`;
  readonly body: (
    module: WasmInstance,
    inputs: Record<string, tf.TensorInfo>,
    // biome-ignore lint/suspicious/noExplicitAny: every kernel has settings of its own; tfjs hands them over untyped
    attrs: any,
  ) => tf.TensorInfo | tf.TensorInfo[];
}

/** Sides of a batch of maps. */
export type Shape4 = readonly [images: number, height: number, width: number, channels: number];

/** Number of elements. */
export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1);
