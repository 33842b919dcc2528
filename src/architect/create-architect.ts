import { checkOptions, type OptionKeys, requireObject, typeError } from '../errors';
import type { Optimizer, UnrolledUpdate } from '../optimizers';
import { firstOrder } from './first-order';
import { requireModel } from './require-model';
import { secondOrder } from './second-order';
import type { Architect, BilevelModel } from './types';

interface CommonOptions<B> {
  readonly model: BilevelModel<B>;
  /** Moves alpha. The paper's: `adam({ learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 })`. */
  readonly optimizer: Optimizer;
}

/** Options of {@link createArchitect} for the first order. */
export interface FirstOrderOptions<B> extends CommonOptions<B> {
  /** Default `'first'`. */
  readonly order?: 'first';
}

/** Options of {@link createArchitect} for the second order. */
export interface SecondOrderOptions<B> extends CommonOptions<B> {
  readonly order: 'second';
  /** The optimizer that trains the weights; its current rate, momentum buffers and weight decay are looked through. */
  readonly weightOptimizer: UnrolledUpdate;
  /** Length of the finite-difference step in weight space, above 0. Default 0.01, as in DARTS. */
  readonly r?: number;
}

/** Options of {@link createArchitect}. */
export type ArchitectOptions<B> = FirstOrderOptions<B> | SecondOrderOptions<B>;

const KEYS = {
  model: true,
  optimizer: true,
  order: ['first', 'second'],
  weightOptimizer: 'object',
  r: 'positive',
} satisfies OptionKeys<SecondOrderOptions<unknown>>;

/**
 * An architect: `architect.step({ train, valid })` moves alpha once along the gradient of the validation loss.
 *
 * First order takes the weights as they are; second order looks one weight step ahead, at four passes for one.
 *
 * @throws RangeError when `r` is out of range. @throws TypeError when `order` is unknown, the second order has no weight
 * optimizer, or a variable is both alpha and weight.
 */
export function createArchitect<B>(options: ArchitectOptions<B>): Architect<B> {
  const { model, optimizer } = checkOptions(
    'createArchitect',
    options,
    KEYS as OptionKeys<ArchitectOptions<B>>,
  );
  requireModel('createArchitect', model);
  requireObject('createArchitect', 'the optimizer', optimizer, 'pass for example adam()', 'step');
  const weights = new Set(model.weightVariables());
  const shared = model.archVariables().find((alpha) => weights.has(alpha));
  if (shared)
    throw typeError(
      'createArchitect',
      'architecture and weight variables must be disjoint',
      `${shared.name} in both`,
      'leave alpha out of weightVariables(), or both optimizers will move it',
    );
  if (options.order !== 'second') return firstOrder(model, optimizer);
  const { weightOptimizer, r = 0.01 } = options;
  if (typeof weightOptimizer?.preview !== 'function')
    throw typeError(
      'createArchitect',
      'the second order needs a weightOptimizer with preview() and stepSize',
      weightOptimizer,
      'pass the sgd() that trains the weights',
    );
  return secondOrder(model, optimizer, weightOptimizer, r);
}
