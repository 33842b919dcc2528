import * as tf from '@tensorflow/tfjs-core';
import { requireTensors, typeError } from '../errors';
import { dropTape, wayBack } from '../kernels/tape';

const LINK = 'compute it of the outputs';

/** A loss and its gradients, in the order of the variables; the caller disposes all of it. */
export interface LossGradients {
  readonly loss: tf.Scalar;
  /** `null` for a variable that took no part in the loss. */
  readonly grads: (tf.Tensor | null)[];
}

/**
 * The value of `f` and its gradient with respect to `variables` and nothing else.
 *
 * `tf.variableGrads` with the results in order: it names them by variable and leaves out variables whose `trainable` is
 * false without a word, so that here such a variable is an error.
 *
 * An error that `f` or the way back throws leaves no tensor behind, but for those that `f` itself keeps.
 *
 * @throws TypeError when a variable is not trainable, or none takes part in the loss.
 */
export function lossGradients(f: () => tf.Scalar, variables: readonly tf.Variable[]): LossGradients {
  requireTensors('lossGradients', 'variables', variables);
  const frozen = variables.find((variable) => !variable.trainable);
  if (frozen)
    throw typeError(
      'lossGradients',
      'every variable must be trainable',
      `${frozen.name} with trainable = false`,
      'leave it out of the list or set its trainable to true',
    );
  try {
    // Its type, but not its code, refuses null beside tensors.
    return tf.tidy((() => {
      const { value, grads } = wayBack.take(f, variables);
      if (value.size !== 1 || !grads.some((grad) => grad))
        throw typeError('lossGradients', 'the loss must depend on a variable', value.shape, LINK);
      return { loss: value, grads: grads.map((grad) => grad ?? null) };
    }) as unknown as () => tf.TensorContainer) as unknown as LossGradients;
  } catch (error) {
    dropTape();
    throw error;
  }
}
