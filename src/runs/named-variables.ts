import * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireList } from '../errors';
import type { NamedTensor } from '../optimizers';

/** A function that puts values into variables; all of them belong together. */
export type Assign = () => void;

/**
 * Finds the value of every variable by its name; further tensors are left aside.
 *
 * @param holder - What should hold them, for messages.
 * @throws RangeError if a value is missing or of another shape.
 */
export function matchVariables(
  fn: string,
  holder: string,
  variables: ReadonlyMap<string, tf.Variable>,
  tensors: readonly NamedTensor[],
  remedy: string,
): Assign {
  requireList(fn, holder, tensors, remedy);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const pairs = [...variables].map(([name, variable]) => {
    const value = byName.get(name);
    if (
      !value ||
      !tf.util.arraysEqual([...value.shape], variable.shape) ||
      value.data.length !== variable.size
    )
      throw rangeError(fn, `${holder} must hold '${name}' as [${variable.shape}]`, value?.shape, remedy);
    return [variable, value] as const;
  });
  return () => {
    // Copied, as the cpu backend keeps the memory that a tensor is made from.
    for (const [variable, { data, shape }] of pairs)
      tf.tidy(() => variable.assign(tf.tensor(data.slice(), [...shape], 'float32')));
  };
}

/** Copies the values of variables to the host. */
export function readVariables(variables: ReadonlyMap<string, tf.Variable>): Promise<NamedTensor[]> {
  return Promise.all(
    [...variables].map(async ([name, variable]) => ({
      name,
      shape: [...variable.shape],
      // The cpu backend hands out its own array.
      data: ((await variable.data()) as Float32Array).slice(),
    })),
  );
}
