import type { AnySpace } from '../spaces';
import type { SelectionEvent } from './events';
import type { SelectionOptions } from './options';
import type { SelectionDecision, SelectionPlan, SelectionStart } from './plan';

/** How much a selection asks for in all. */
export interface SelectionWork {
  readonly evaluations: number;
  /** Steps of tuning. */
  readonly steps: number;
}

/** What makes a selection. */
export interface SelectionRecipe<D extends SelectionDecision = SelectionDecision> {
  /** Its name, for messages and checkpoints. */
  readonly name: string;
  /** What two selections must have in common for one to go on from the other's checkpoint: plain JSON. Default nothing. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** How much it will ask for, where that is known. Default: not known. */
  work?(start: SelectionStart<AnySpace>): SelectionWork;
  /** How it goes: a generator that uses {@link ask}. Refuses a space that it cannot select in. */
  plan<S extends AnySpace>(start: SelectionStart<S>): SelectionPlan<S, D>;
}

/**
 * Reads an architecture out of a supernet that a search has trained: an async iterator of events, the last of which has the
 * genotype.
 *
 * `selectByAlpha`, `selectByPerturbation` and `selectByProgressiveShrink` are selections, and so is whatever
 * `defineSelection` makes.
 */
export type Selection<D extends SelectionDecision = SelectionDecision> = <S extends AnySpace>(
  options: SelectionOptions<S>,
) => AsyncGenerator<SelectionEvent<S, D>, void, undefined>;
