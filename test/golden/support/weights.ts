import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { variableOf } from '../../../src/layers/noisy-darts-layer';
import { pytorchNames } from '../../../src/pytorch';
import { type TensorFixture, toTensor } from './fixtures';

/** A layer's weights by official state-dict name. */
export interface NamedWeights {
  /** What trains. */
  readonly params: Readonly<Record<string, tf.Variable>>;
  /** Running statistics. */
  readonly running: Readonly<Record<string, tf.Variable>>;
}

/** The weights of a built layer by official name. A weight without a name, other than an alpha, is an error. */
export function namedWeights(layer: layers.Layer | LayersModel): NamedWeights {
  const names = pytorchNames(layer);
  const trainable = new Set(layer.trainableWeights);
  const params: Record<string, tf.Variable> = {};
  const running: Record<string, tf.Variable> = {};
  for (const weight of layer.weights) {
    const name = names.get(weight);
    if (name === undefined) {
      if (/alphas?(_normal|_reduce)?$/.test(weight.originalName)) continue;
      throw new Error(`namedWeights: no official name for the weight ${weight.originalName}`);
    }
    (trainable.has(weight) ? params : running)[name] = variableOf(weight);
  }
  return { params, running };
}

/** Gives every variable the fixture's value of the same name, which must be there. */
export function assign(
  variables: Readonly<Record<string, tf.Variable>>,
  ...values: Readonly<Record<string, TensorFixture>>[]
): void {
  const all = Object.assign({}, ...values) as Record<string, TensorFixture>;
  for (const [name, variable] of Object.entries(variables)) {
    const value = all[name];
    if (!value) throw new Error(`assign: the fixture has no value for ${name}`);
    tf.tidy(() => variable.assign(toTensor(value)));
  }
}

/** The same variables under names of the caller's choice. */
export function renamed<T>(
  record: Readonly<Record<string, T>>,
  rename: (name: string) => string,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [rename(name), value]));
}

/** A record with the values of `keys` in their order. */
export function zip<T>(keys: readonly string[], list: readonly T[]): Record<string, T> {
  return Object.fromEntries(keys.map((key, i) => [key, list[i]!]));
}
