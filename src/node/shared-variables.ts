import * as tf from '@tensorflow/tfjs-core';

/** Copies variables' values into one flat array, in order. */
export async function readVariables(variables: readonly tf.Tensor[], out: Float32Array): Promise<void> {
  const values = await Promise.all(variables.map((variable) => variable.data()));
  let offset = 0;
  for (const data of values) {
    out.set(data as Float32Array, offset);
    offset += data.length;
  }
}

/** Sets variables from a flat array, in order. */
export function writeVariables(variables: readonly tf.Variable[], values: Float32Array): void {
  let offset = 0;
  for (const variable of variables) {
    const { size, shape } = variable;
    // Copied, since a tensor may keep the memory it is made from, and shared memory goes on changing.
    const data = values.slice(offset, offset + size);
    tf.tidy(() => variable.assign(tf.tensor(data, shape, 'float32')));
    offset += size;
  }
}

/** Number of values in variables. */
export function countValues(variables: readonly tf.Tensor[]): number {
  return variables.reduce((sum, { size }) => sum + size, 0);
}
