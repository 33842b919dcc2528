import * as tf from '@tensorflow/tfjs-core';
import { requireTensors, typeError } from '../errors';
import { defineKernel, type KernelType } from './kernel';

export type Sum = KernelType<'NoisyDartsSum', readonly tf.Tensor[], { count: number }, tf.Tensor>;

const forward = defineKernel<Sum>({
  name: 'NoisyDartsSum',
  body: (terms) => tf.addN([...terms]),
  gradient: (dy, _saved, { count }) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [i, () => tf.clone(dy)])),
});

/**
 * The sum of a node's incoming edges: `y = x_0 + x_1 + ...`. Unlike `tf.add` it keeps none of its terms for the gradient.
 *
 * @param terms - One or more tensors of one shape.
 * @throws TypeError if there is none or a shape differs.
 */
export function sum<T extends tf.Tensor>(terms: readonly T[]): T {
  requireTensors('sum', 'terms', terms);
  const odd = terms.find((term) => !tf.util.arraysEqual(term.shape, terms[0]!.shape));
  if (terms.length === 0 || odd) {
    throw typeError(
      'sum',
      'there must be terms of one shape',
      odd?.shape ?? terms.length,
      'pass at least one tensor',
    );
  }
  return forward(terms, { count: terms.length }) as T;
}
