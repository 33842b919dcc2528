import * as tf from '@tensorflow/tfjs-core';
import type { CallOptions, Moment } from '../layers';
import { lossGradients } from '../optimizers';
import { strategyOf } from '../strategies/strategy';
import type { Supernet } from '../supernet';

/** A step of the weights. */
interface WeightStep {
  readonly moment: Moment;
  /** Its loss, at the mixtures that are in force. */
  readonly loss: (options: CallOptions) => tf.Scalar;
}

/** Runs `body` at the mixtures that the strategy of a supernet moves those of a step to; see `Strategy.perturb`. */
export function perturbed<T>(supernet: Supernet, { moment, loss }: WeightStep, body: () => T): T {
  const { perturb, weights } = strategyOf(supernet.strategy);
  const alphas = Object.entries<tf.Variable>({ ...supernet.alphas }) as [string, tf.Tensor2D][];
  const at = <R>(mixtures: readonly tf.Tensor[], run: () => R): R =>
    supernet.withMixtures(Object.fromEntries(alphas.map(([name], i) => [name, mixtures[i]])) as never, run);
  const options = { training: true, moment, updateStatistics: false, weightGradients: false };
  const gradients = (mixtures: readonly tf.Tensor2D[]) => {
    const variables = mixtures.map((mixture) => tf.variable(mixture));
    try {
      const { grads } = at(variables, () => lossGradients(() => loss(options), variables));
      return grads.map((grad, i) => (grad ?? tf.zerosLike(mixtures[i]!)) as tf.Tensor2D);
    } finally {
      tf.dispose(variables);
    }
  };
  const passes = alphas.map(([name]) => supernet.strategyPass(name, true, moment));
  const moved = tf.tidy(() => {
    const own = alphas.map(([, alpha], i) => weights(alpha, passes[i]!));
    return [...perturb!(own, passes, gradients)];
  });
  try {
    return at(moved, body);
  } finally {
    tf.dispose(moved);
  }
}
