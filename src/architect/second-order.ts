import * as tf from '@tensorflow/tfjs-core';
import { lossGradients, type Optimizer, type UnrolledUpdate } from '../optimizers';
import { defineArchitect } from './define-architect';
import { mixedHessianVectorProduct } from './mixed-hvp';
import { disposeAll, tidy } from './tidy';
import { type Architect, type BilevelModel, passes } from './types';
import { withoutTrace, withValues } from './with-values';

/** Combines the two terms, either of which may be missing. */
function subtractScaled(
  direct: tf.Tensor | null,
  implicit: tf.Tensor | null,
  scale: number,
): tf.Tensor | null {
  if (!implicit) return direct;
  const term = tf.mul(implicit, -scale);
  return direct ? tf.add(direct, term) : term;
}

/**
 * Takes the gradient of the validation loss over alpha through one step of the weights, dL_valid(w'(alpha), alpha) / dalpha:
 *
 * w' = the weights after the weight optimizer's next step on the training batch, momentum and weight decay included;
 * d = dL_valid(w', alpha) / dalpha, v = dL_valid(w', alpha) / dw';
 * gradient = d - xi (dL_train(w + R v) - dL_train(w - R v)) / (2 R), derivatives over alpha, R = r / ||v||,
 * where xi is the step size of the weight optimizer (the learning rate for plain momentum).
 *
 * Four passes: weight gradients on the training batch, all gradients on the validation batch, and alpha-gradients on
 * the training batch twice. The pass at w' leaves no trace in the running statistics, as it runs on a copy of the model
 * in the official code; the three at w count. Gradient clipping of the weight step is not looked through.
 *
 * Source: DARTS, 1806.09055, equations 7 and 8.
 */
export function secondOrder<B>(
  model: BilevelModel<B>,
  optimizer: Optimizer,
  unroll: UnrolledUpdate,
  r: number,
): Architect<B> {
  return defineArchitect({
    model,
    optimizer,
    unroll,
    gradient({ train, valid, epoch = 0, step = 0 }) {
      return tidy(() => {
        const arch = model.archVariables();
        const weights = model.weightVariables();
        const trainOptions = { training: true, moment: { epoch, step, pass: passes.train } };
        const validOptions = { training: true, moment: { epoch, step, pass: passes.valid } };

        const now = lossGradients(() => model.loss(train, trainOptions), weights);
        const unrolled = unroll.preview(weights, now.grads);
        disposeAll(now.grads);

        const ahead = withoutTrace(model, () =>
          withValues(weights, unrolled, () =>
            lossGradients(() => model.loss(valid, validOptions), [...arch, ...weights]),
          ),
        );
        disposeAll(unrolled);

        const direct = ahead.grads.slice(0, arch.length);
        // A weight that the step leaves alone does not depend on alpha, whatever the loss thinks of it.
        const vector = ahead.grads.slice(arch.length).map((v, i) => (now.grads[i] ? v : null));
        const implicit = mixedHessianVectorProduct(model, train, vector, r, trainOptions);
        disposeAll(vector);

        return {
          grads: direct.map((d, i) => subtractScaled(d, implicit[i]!, unroll.stepSize)),
          validLoss: ahead.loss,
          trainLoss: now.loss,
        };
      });
    },
  });
}
