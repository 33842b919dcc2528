import { lossGradients, type Optimizer } from '../optimizers';
import { defineArchitect } from './define-architect';
import { type Architect, type BilevelModel, passes } from './types';

/**
 * Takes the gradient of the validation loss over alpha at the weights as they are: dL_valid(w, alpha) / dalpha.
 *
 * Source: DARTS, 1806.09055, equation 7 with xi = 0; what every published NoisyDARTS run used.
 */
export function firstOrder<B>(model: BilevelModel<B>, optimizer: Optimizer): Architect<B> {
  return defineArchitect({
    model,
    optimizer,
    unroll: null,
    gradient({ valid, epoch = 0, step = 0 }) {
      const { loss, grads } = lossGradients(
        () => model.loss(valid, { training: true, moment: { epoch, step, pass: passes.valid } }),
        model.archVariables(),
      );
      return { grads, validLoss: loss, trainLoss: null };
    },
  });
}
