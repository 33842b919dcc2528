import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { rangeError } from '../../errors';
import { variableOf } from '../../layers';
import type { NamedTensor } from '../../optimizers';

/** The values of a network's weights and running statistics, on the host, by the names under which tfjs saves them. */
export type WeightSnapshot = readonly NamedTensor[];

/** A network's variables by the names under which tfjs saves them. */
export function namedVariables(network: LayersModel): Map<string, tf.Variable> {
  return new Map(network.weights.map((weight) => [weight.originalName, variableOf(weight)]));
}

/** Copies a network's weights and running statistics to the host. */
export function takeWeights(network: LayersModel): Promise<WeightSnapshot> {
  return Promise.all(
    [...namedVariables(network)].map(async ([name, variable]) => ({
      name,
      shape: [...variable.shape],
      // The cpu backend hands out its own array.
      data: ((await variable.data()) as Float32Array).slice(),
    })),
  );
}

/**
 * Puts weights back into a network. Everything is checked before anything changes.
 *
 * @param weights - What {@link takeWeights} gave for this network or one like it; further tensors are left aside.
 * @throws RangeError if a weight is missing or of another shape.
 */
export function putWeights(network: LayersModel, weights: WeightSnapshot): void {
  const byName = new Map(weights.map((tensor) => [tensor.name, tensor]));
  const pairs = [...namedVariables(network)].map(([name, variable]) => {
    const tensor = byName.get(name);
    if (!tensor || !tf.util.arraysEqual([...tensor.shape], variable.shape)) {
      throw rangeError(
        'putWeights',
        `the weights must hold '${name}' as [${variable.shape}]`,
        tensor?.shape,
        'put them into the network they were taken from',
      );
    }
    return [variable, tensor] as const;
  });
  for (const [variable, { data, shape }] of pairs) {
    tf.tidy(() => variable.assign(tf.tensor(data.slice(), [...shape], 'float32')));
  }
}
