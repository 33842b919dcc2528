import * as tf from '@tensorflow/tfjs-core';
import { disableWasmTraining, enableWasmTraining } from 'noisydarts/wasm';
import { disableWebGPUTraining, enableWebGPUTraining } from 'noisydarts/webgpu';
import { describe, expect } from 'vitest';
import { backend } from '../../support/backend';
import { farthest } from '../../support/close';

/** A suite of the wasm backend; elsewhere its tests are reported as skipped, with the reason in their names. */
export const describeWasm = (name: string, body: () => void): void => {
  if (!backend.startsWith('wasm')) describe.skip(`${name} (needs the wasm backend)`, body);
  else describe(name, body);
};

/** A suite of the backends that fast kernels exist for; skipped elsewhere as {@link describeWasm} is. */
export const describeFast = (name: string, body: () => void): void => {
  if (enable) describe(name, body);
  else describe.skip(`${name} (needs the wasm or the webgpu backend)`, body);
};

/** Takes the fast kernels of this backend into use, or away. */
export const [enable, disable] = backend.startsWith('wasm')
  ? [enableWasmTraining, disableWasmTraining]
  : backend.startsWith('webgpu')
    ? [enableWebGPUTraining, disableWebGPUTraining]
    : [];

/** Arrays of numbers by name. */
export type Values = Record<string, ArrayLike<number>>;

const tidied = (compute: () => Values): Values => {
  let result: Values = {};
  tf.tidy(() => {
    result = compute();
  });
  return result;
};

/** What `compute` returns with the generic kernels and with the fast ones. */
export async function both(compute: () => Values): Promise<[generic: Values, fast: Values]> {
  disable!();
  const generic = tidied(compute);
  expect(await enable!()).toBe(true);
  const fast = tidied(compute);
  disable!();
  return [generic, fast];
}

/** Expects equality to float32 rounding of sums. */
export function expectClose(actual: Values, expected: Values, tolerance = 2e-5): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  const off = Object.entries(expected).flatMap(([name, values]) =>
    farthest(name, actual[name]!, values, tolerance, 1e-3),
  );
  expect(off, off.join('\n')).toEqual([]);
}

/** Standard normal values that depend on `seed` alone. */
export const values = (shape: readonly number[], seed: number): tf.Tensor4D =>
  tf.randomNormal([...shape] as [number], 0, 1, 'float32', seed) as unknown as tf.Tensor4D;

/** Output of `f` and its gradients for a random cotangent, as arrays. */
export function withGradients(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  seed: number,
): Values {
  const y = f(...inputs);
  const grads = tf.grads(f)([...inputs], values(y.shape, seed));
  const named = grads.map((grad, index) => [`gradient ${index}`, grad.dataSync()] as const);
  return { y: y.dataSync(), ...Object.fromEntries(named) };
}
