import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { rangeError } from '../errors';
import { variableOf } from '../layers/noisy-darts-layer';
import { requireNetwork } from '../network/require-network';
import { lossGradients } from '../optimizers';
import { kernelsOf, normsOf, outputOf, requireLogits, restoring, setNorm } from './support';

/**
 * Synaptic flow: how much signal all paths of a network carry together, without data or labels,
 *
 * `sum over kernels theta of |theta dR / dtheta|`, R the sum of the outputs for an input of ones,
 *
 * with every weight made positive and batch norms passed by. More is better.
 *
 * The model is left as it was.
 *
 * @param model - Any tf.LayersModel of one input, [N, ...] with all other sides known.
 * @returns The score, above 0; it grows by powers with depth and width, so that its logarithm is what to compare.
 * @throws TypeError for what is no model; RangeError for a model that ends in a softmax or has no kernels, or if the score is
 * beyond float32, as in very deep networks.
 *
 * Source: Tanaka et al. 2020, "Pruning neural networks without any data by iteratively conserving synaptic flow", eq. 1;
 * Abdelfattah et al. 2021, "Zero-cost proxies for lightweight NAS".
 */
export async function synflow(model: LayersModel): Promise<number> {
  requireNetwork('synflow', model);
  requireLogits('synflow', model);
  const shape = model.inputs[0]!.shape.map((side, i) => (i === 0 ? 1 : side));
  if (shape.includes(null))
    throw rangeError(
      'synflow',
      'every side of the input must be known',
      shape,
      'build the model with an input shape',
    );
  const score = await restoring(model, async () => {
    for (const weight of model.weights) tf.tidy(() => variableOf(weight).assign(tf.abs(variableOf(weight))));
    for (const norm of normsOf(model))
      setNorm(norm, {
        gamma: tf.onesLike,
        beta: tf.zerosLike,
        moving_mean: tf.zerosLike,
        moving_variance: (now) => tf.fill(now.shape, 1 - norm.epsilon),
      });
    const kernels = kernelsOf('synflow', model);
    const ones = tf.ones(shape as number[]);
    const { loss, grads } = lossGradients(() => tf.sum(outputOf(model, ones, false)), kernels);
    const sum = tf.tidy(() =>
      tf.addN([
        tf.scalar(0),
        ...grads.flatMap((grad, i) => (grad ? [tf.sum(tf.abs(tf.mul(grad, kernels[i]!)))] : [])),
      ]),
    );
    tf.dispose([ones, loss, grads as tf.Tensor[]]);
    return (await sum.data().finally(() => sum.dispose()))[0]!;
  });
  if (!Number.isFinite(score))
    throw rangeError('synflow', 'the score must be within float32', score, 'score a network of fewer cells');
  return score;
}
