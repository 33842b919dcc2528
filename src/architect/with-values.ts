import * as tf from '@tensorflow/tfjs-core';
import type { BilevelModel } from './types';

/**
 * Sets the variables' values aside and returns the function that puts them back.
 *
 * Their storage is held on to, not copied, so that what comes back is the same to the bit.
 */
export function setAside(variables: readonly tf.Variable[]): () => void {
  const saved = variables.map((variable) => tf.clone(variable));
  return () => {
    saved.forEach((value, i) => {
      variables[i]!.assign(value);
      value.dispose();
    });
  };
}

/** Runs `body` while the variables hold other values, `null` for their own; they get their own back, also after an error. */
export function withValues<T>(
  variables: readonly tf.Variable[],
  values: readonly (tf.Tensor | null)[],
  body: () => T,
): T {
  const putBack = setAside(variables.filter((_, i) => values[i]));
  try {
    variables.forEach((variable, i) => {
      const value = values[i];
      if (value) variable.assign(value);
    });
    return body();
  } finally {
    putBack();
  }
}

/** Runs `body` and takes back what it did to the model's state variables, such as running statistics. */
export function withoutTrace<T>(model: Pick<BilevelModel<never>, 'stateVariables'>, body: () => T): T {
  const putBack = setAside(model.stateVariables?.() ?? []);
  try {
    return body();
  } finally {
    putBack();
  }
}
