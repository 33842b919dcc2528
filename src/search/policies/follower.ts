import type { Gradients } from '../../optimizers';
import type { SearchedModel } from '../../supernet';
import type { FrozenOperation } from '../events';
import type { StepMoment } from '../steps';

/** What a policy does inside the steps of a search, and what it remembers from one to the next. */
export interface SearchFollower {
  /** What two runs must have in common to be one: plain JSON. */
  readonly settings: object;
  /** Is given the gradients of the weights on the validation batch; what it returns is called once alpha has moved. */
  valid(moment: StepMoment): (grads: Gradients) => Promise<() => void>;
  /** Is given the gradients of the weights on the training batch, and returns those to go along: null for a weight that stays. */
  train(moment: StepMoment): (grads: Gradients) => Promise<Gradients>;
  /** What it remembers: plain JSON. */
  state(): object;
  /** Goes on from {@link state}. @throws RangeError for what no such search has stored. */
  restore(state: object): void;
  /** What was frozen in an epoch, or in one of its steps. */
  frozen(epoch: number, step?: number): { readonly frozen?: readonly FrozenOperation[] };
}

/** Makes the follower of a search. */
export type Follow = (model: SearchedModel) => SearchFollower;
