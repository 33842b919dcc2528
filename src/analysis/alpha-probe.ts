import * as tf from '@tensorflow/tfjs-core';
import { type BilevelModel, passes } from '../architect';
import { requireModel } from '../architect/require-model';
import type { OptionKeys } from '../errors';
import type { Moment } from '../layers';
import { lossGradients } from '../optimizers';

/** How second derivatives over alpha are measured. */
export interface AlphaProbeOptions {
  /** Batch statistics, noise and drop path as in training. Default true. */
  readonly training?: boolean;
  /**
   * Which noise, and which epoch of a strategy's schedules; all gradients of one analysis see the same. Default the epoch that
   * the model is in (that of its search, or of the checkpoint it was restored from), step 0, pass {@link passes}.analysis.
   */
  readonly moment?: Moment;
}

/** The moment of an analysis that is told none. */
export const analysisMoment = ({ epoch = 0 }: BilevelModel<never>): Moment => ({
  epoch,
  step: 0,
  pass: passes.analysis,
});

export const PROBE_KEYS = { training: 'flag', moment: 'object' } satisfies OptionKeys<AlphaProbeOptions>;

/** The gradient of a model's loss over alpha, seen from the host as a function of one long vector. */
export interface AlphaProbe {
  /** Alpha as it is: all architecture variables in order, each row by row. */
  readonly values: Float32Array;
  /**
   * The gradient at another alpha; the model's own alpha and its running statistics come back to the bit.
   *
   * A variable that takes no part in the loss has gradient 0.
   */
  gradientAt(alpha: Float32Array): Promise<Float64Array>;
}

export async function alphaProbe<B>(
  fn: string,
  model: BilevelModel<B>,
  batch: B,
  options: AlphaProbeOptions,
): Promise<AlphaProbe> {
  requireModel(fn, model);
  const { training = true, moment = analysisMoment(model) } = options;
  const variables = model.archVariables();
  const values = new Float32Array(variables.reduce((sum, variable) => sum + variable.size, 0));
  let offset = 0;
  for (const variable of variables) {
    values.set(await variable.data(), offset);
    offset += variable.size;
  }

  const evaluate = (alpha: Float32Array): tf.Tensor1D =>
    tf.tidy(() => {
      const state = [...variables, ...(model.stateVariables?.() ?? [])];
      const saved = state.map((variable) => tf.clone(variable));
      try {
        let start = 0;
        for (const variable of variables) {
          variable.assign(tf.tensor(alpha.slice(start, start + variable.size), variable.shape));
          start += variable.size;
        }
        const { grads } = lossGradients(() => model.loss(batch, { training, moment }), variables);
        return tf.concat1d(
          grads.map((grad, i) => tf.reshape(grad ?? tf.zeros(variables[i]!.shape), [-1]) as tf.Tensor1D),
        );
      } finally {
        for (const [i, variable] of state.entries()) variable.assign(saved[i]!);
      }
    });

  return {
    values,
    async gradientAt(alpha) {
      const gradient = evaluate(alpha);
      const result = Float64Array.from(await gradient.data());
      gradient.dispose();
      return result;
    },
  };
}
