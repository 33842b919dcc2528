import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { setAside } from '../architect/with-values';
import { rangeError, requireTensor, typeError } from '../errors';
import type { LayerWeight } from '../layers';
import { layersWithin, variableOf } from '../layers/noisy-darts-layer';
import { requireNetwork } from '../network/require-network';
import { activationOf } from '../tasks/activation';

/** The kernels of a model's convolutions and dense layers, which scores count; norms and biases they do not. */
export function kernelsOf(fn: string, { trainableWeights }: LayersModel): readonly tf.Variable[] {
  const kernels = trainableWeights.filter(({ shape }) => shape.length > 1).map(variableOf);
  if (kernels.length === 0)
    throw rangeError(
      fn,
      'the model must have kernels that train',
      0,
      'score one with convolutions or dense layers',
    );
  return kernels;
}

/** Refuses outputs that sum to 1 whatever goes in, and so say nothing. */
export function requireLogits(fn: string, model: LayersModel): void {
  const activation = activationOf(model);
  if (activation === 'softmax')
    throw rangeError(fn, 'the outputs must be logits', activation, "leave the last layer's activation out");
}

/** The first output of a pass; an auxiliary head says nothing here. */
export function outputOf(model: LayersModel, x: tf.Tensor, training: boolean): tf.Tensor {
  const y = model.apply(x, { training }) as tf.Tensor | tf.Tensor[];
  return Array.isArray(y) ? y[0]! : y;
}

/** A batch norm of this library or of tfjs: what a fresh one holds in its weights, and how it averages. */
export interface Norm {
  readonly epsilon: number;
  /** Share of the newest batch in the running statistics. */
  readonly newest: number;
  readonly weights: readonly LayerWeight[];
}

/** The batch norms of a model, at any depth. */
export function normsOf(model: LayersModel): readonly Norm[] {
  return layersWithin(model).flatMap((layer) => {
    const { epsilon, momentum } = layer as unknown as { epsilon?: number; momentum?: number };
    if (typeof epsilon !== 'number' || typeof momentum !== 'number') return [];
    // tfjs's momentum is the share of what was there before.
    const newest = layer.getClassName() === 'BatchNormalization' ? 1 - momentum : momentum;
    return [{ epsilon, newest, weights: layer.weights }];
  });
}

/** Sets a weight of a norm by the last part of its name. */
export function setNorm(
  { weights }: Norm,
  values: Readonly<Record<string, (now: tf.Tensor) => tf.Tensor>>,
): void {
  for (const weight of weights) {
    const make = values[weight.originalName.split('/').at(-1)!];
    if (make) tf.tidy(() => variableOf(weight).assign(make(variableOf(weight))));
  }
}

/** Runs `body`, which may change any weight and running statistic of the model, and puts all of them back. */
export async function restoring<T>(model: LayersModel, body: () => T | Promise<T>): Promise<T> {
  const putBack = setAside(model.weights.map(variableOf));
  try {
    return await body();
  } finally {
    putBack();
  }
}

/** Refuses what is no model, or examples that it does not take; at least `least` of them. */
export function checkExamples(fn: string, model: unknown, x: unknown, least = 1): void {
  requireNetwork(fn, model);
  requireTensor(fn, 'x', x);
  const { shape } = x as tf.Tensor;
  const expected = (model as LayersModel).inputs[0]!.shape;
  const fits =
    shape.length === expected.length &&
    expected.every((side, i) => i === 0 || side === null || side === shape[i]);
  if (!fits || shape[0]! < least)
    throw typeError(
      fn,
      `x must be at least ${least} examples of the model, [N, ${expected.slice(1).join(', ')}]`,
      shape,
      'pass a batch of them',
    );
}
