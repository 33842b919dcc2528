import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, typeError } from '../errors';
import { archVariables, stateVariables, weightVariables } from '../layers';
import type { TaskSettings } from '../tasks';
import {
  checkLoss,
  checkModel,
  compiledLoss,
  type ModelBatch,
  type ModelLoss,
  taskLoss,
} from './compiled-loss';
import { type BilevelModel, passes } from './types';

/** Options of {@link bilevelModel}. */
export interface BilevelModelOptions {
  /** The loss, as `model.compile` takes it. Default: the one the model is compiled with. */
  readonly loss?: ModelLoss;
  /** A task of `noisydarts/tasks` whose loss counts in place of that, for a model of one output. Default none. */
  readonly task?: TaskSettings;
}

const KEYS = { loss: true, task: 'object' } satisfies OptionKeys<BilevelModelOptions>;

/**
 * A tf.LayersModel with mixed edges as architects, gradient checks and Hessian tools take it: its alphas, its weights, and
 * the loss that `fit` trains with.
 *
 * Penalties on weights (regularizers) count where weights train, not on validation batches, as in `fit` and `evaluate`.
 *
 * @throws TypeError if the model has no mixed edge, or neither it nor the options have a loss; from `loss()`, if a batch does
 * not fit the model or is disposed.
 */
export function bilevelModel(
  model: LayersModel,
  options: BilevelModelOptions = {},
): BilevelModel<ModelBatch> {
  checkOptions('bilevelModel', options, KEYS);
  return bilevel('bilevelModel', model, options);
}

/** {@link bilevelModel} on behalf of a function. */
export function bilevel(
  fn: string,
  model: LayersModel,
  options: BilevelModelOptions = {},
): BilevelModel<ModelBatch> {
  checkModel(fn, model);
  checkLoss(fn, options.loss);
  if (archVariables(model).length === 0)
    throw typeError(
      fn,
      'the model must hold a mixed edge with an alpha of its own',
      model.layers.map((layer) => layer.getClassName()),
      'put a MixedOp or NoisyMixedOp into it, and build it',
    );
  return lossOfModel(fn, model, options);
}

/** A model with its loss, with mixed edges or without. */
export function lossOfModel(
  fn: string,
  model: LayersModel,
  { loss, task }: BilevelModelOptions = {},
): BilevelModel<ModelBatch> {
  if (loss !== undefined && task !== undefined)
    throw typeError(fn, 'alpha descends the loss of the task or another', 'both', 'leave one of them out');
  const meanLoss = task === undefined ? compiledLoss(fn, model, loss) : taskLoss(fn, model, task);
  return {
    archVariables: () => archVariables(model),
    weightVariables: () => weightVariables(model),
    stateVariables: () => stateVariables(model),
    loss: (batch, options) => meanLoss(batch, options, options.moment.pass !== passes.valid),
  };
}
