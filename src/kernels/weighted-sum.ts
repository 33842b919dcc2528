import * as tf from '@tensorflow/tfjs-core';
import { requireTensor, requireTensors, typeError } from '../errors';
import { bounded } from './bounded';
import { defineKernel, type KernelType, type NoAttributes } from './kernel';

/** Inputs are the weights, then the terms. */
export type WeightedSum = KernelType<'NoisyDartsWeightedSum', readonly tf.Tensor[], NoAttributes, tf.Tensor>;
export type WeightedSumTermGrad = KernelType<
  'NoisyDartsWeightedSumTermGrad',
  { dy: tf.Tensor; weights: tf.Tensor },
  { index: number },
  tf.Tensor
>;
/** Inputs are dy, then the terms. */
export type WeightedSumWeightsGrad = KernelType<
  'NoisyDartsWeightedSumWeightsGrad',
  readonly tf.Tensor[],
  NoAttributes,
  tf.Tensor
>;

const weightAt = (weights: tf.Tensor, index: number) =>
  tf.reshape(tf.slice(weights as tf.Tensor1D, [index], [1]), []);

/** `dy * weights[index]` */
const termGrad = defineKernel<WeightedSumTermGrad>({
  name: 'NoisyDartsWeightedSumTermGrad',
  body: ({ dy, weights }, { index }) => tf.mul(dy, weightAt(weights, index)),
});

/** `[<dy, x_0>, <dy, x_1>, ...]` */
const weightsGrad = defineKernel<WeightedSumWeightsGrad>({
  name: 'NoisyDartsWeightedSumWeightsGrad',
  body: ([dy, ...terms]) => {
    const flat = bounded(tf.reshape(dy!, [1, dy!.size]), dy!.size);
    return tf.concat1d(
      terms.map((term) => tf.reshape(tf.matMul(flat, tf.reshape(term, [term.size, 1])), [1]) as tf.Tensor1D),
    );
  },
});

const forward = defineKernel<WeightedSum>({
  name: 'NoisyDartsWeightedSum',
  body: ([weights, ...terms]) => {
    let sum = tf.mul(terms[0]!, weightAt(weights!, 0));
    for (let k = 1; k < terms.length; k++) sum = tf.add(sum, tf.mul(terms[k]!, weightAt(weights!, k)));
    return sum;
  },
  saveInputs: 'all',
  gradient: (dy, [weights, ...terms]) => {
    const thunks: Record<number, () => tf.Tensor> = { 0: () => weightsGrad([dy, ...terms], {}) };
    terms.forEach((_, index) => {
      thunks[index + 1] = () => termGrad({ dy, weights: weights! }, { index });
    });
    return thunks;
  },
});

/**
 * The weighted sum of an edge's candidates: `y = sum_k weights[k] * terms[k]` (paper, section 3; DARTS, eq. 2).
 *
 * The gradients are lazy: those of the terms and that of the weights, `d_k = <dy, terms[k]>`, are computed only if
 * asked for.
 *
 * @param weights - [K], for example a softmax over alpha.
 * @param terms - K tensors of one shape.
 * @throws TypeError if the number of weights or a shape does not match.
 */
export function weightedSum<T extends tf.Tensor>(weights: tf.Tensor1D, terms: readonly T[]): T {
  requireTensor('weightedSum', 'weights', weights);
  requireTensors('weightedSum', 'terms', terms);
  if (weights.shape.length !== 1 || weights.shape[0] !== terms.length || terms.length === 0) {
    throw typeError(
      'weightedSum',
      `the weights must be [${terms.length}], one a term, and there must be one`,
      weights.shape,
      'pass one weight a candidate',
    );
  }
  for (const term of terms) {
    if (!tf.util.arraysEqual(term.shape, terms[0]!.shape)) {
      throw typeError(
        'weightedSum',
        `every term must have the shape ${JSON.stringify(terms[0]!.shape)} of the first`,
        term.shape,
        'give all candidates of an edge the same stride and filters',
      );
    }
  }
  return forward([weights, ...terms], {}) as T;
}
