import * as tf from '@tensorflow/tfjs-core';
import { typeError } from '../errors';
import type { Optimizer, UnrolledUpdate } from '../optimizers';

/** An optimizer of this library, or one of `tf.train`, as an architect takes it. */
export function architectOptimizer(fn: string, optimizer: Optimizer | tf.Optimizer): Optimizer {
  if (optimizer === null || !(optimizer instanceof tf.Optimizer)) {
    if (typeof optimizer?.step !== 'function')
      throw typeError(fn, 'optimizer must move alpha', optimizer, 'pass adam({ ... }) or one of tf.train');
    return optimizer;
  }
  const step: Optimizer['step'] = (variables, grads) =>
    optimizer.applyGradients(
      variables.flatMap(({ name }, i) => (grads[i] ? [{ name, tensor: grads[i]! }] : [])),
    );
  // An architect asks for no more.
  return { step } as Optimizer;
}

/** What tfjs keeps of plain and momentum descent and does not declare. */
interface Descent {
  readonly learningRate: number;
  readonly momentum?: number;
  readonly useNesterov?: boolean;
  readonly accumulations?: readonly ({
    readonly originalName: string;
    readonly variable: tf.Variable;
  } | null)[];
}

/** The next step of the optimizer a model is compiled with, to look through: `tf.train.sgd` or `tf.train.momentum`. */
export function unrolledOptimizer(fn: string, optimizer: tf.Optimizer): UnrolledUpdate {
  // Every optimizer of tfjs says that it is an instance of every other.
  if (!['SGD', 'Momentum'].includes(optimizer.getClassName()))
    throw typeError(
      fn,
      "order 'second' looks through a step of tf.train.sgd or tf.train.momentum",
      optimizer.getClassName(),
      'compile the model with one of them, or pass a weightOptimizer close to it',
    );
  const { momentum = 0, useNesterov = false } = optimizer as unknown as Descent;
  const rate = () => (optimizer as unknown as Descent).learningRate;
  const buffer = ({ name }: tf.Variable) =>
    (optimizer as unknown as Descent).accumulations?.find((each) => each?.originalName === `${name}/momentum`)
      ?.variable;
  return {
    get stepSize() {
      return rate() * (useNesterov ? 1 + momentum : 1);
    },
    preview: (variables, grads) =>
      variables.map((variable, i) => {
        const grad = grads[i];
        if (!grad) return null;
        return tf.tidy(() => {
          const old = buffer(variable);
          const moved = old ? tf.add(tf.mul(old, momentum), grad) : grad;
          const along = useNesterov ? tf.add(grad, tf.mul(moved, momentum)) : moved;
          return tf.sub(variable, tf.mul(along, rate()));
        });
      }),
  };
}
