import type { AnySpace } from '../spaces';

/**
 * How probable each operation of each edge is, [edges][candidates] by the name of the cell, layer or edge; rows of edges that
 * the architecture leaves out are zeros.
 */
export type Probabilities = Readonly<Record<string, readonly (readonly number[])[]>>;

/** The search that a budget is for. */
export interface BudgetedSearch {
  readonly space: AnySpace;
  /** What the supernet was made with: plain JSON. */
  readonly description: Readonly<Record<string, unknown>>;
  /** Shape of an example. */
  readonly inputShape: readonly number[];
  /** Sizes of the network that is made of what is found, where that is known; of those that are missing the defaults. */
  readonly network?: Readonly<Record<string, unknown>>;
}

/** A term of the loss that moves alpha, as numbers. */
export interface BudgetPenalty {
  readonly value: number;
  /** Its derivative over each probability. */
  readonly gradient: Probabilities;
}

/** A budget in its search. */
export interface BoundBudget {
  /** The cost expected of architectures drawn by the probabilities; of those of a genotype its cost. */
  cost(probabilities: Probabilities): number;
  /** The most that each operation adds, beside what every network has: for looking for what keeps the limit. */
  readonly most: { readonly fixed: number; readonly costs: Probabilities };
  /** The term at an epoch; null for none. */
  penalty(probabilities: Probabilities, epoch: number): BudgetPenalty | null;
}

/**
 * A limit on what the architecture found costs: a term of the loss that moves alpha, and a test of what comes out.
 * `noisydarts/costs` makes budgets; anything with these members is one.
 */
export interface Budget {
  /** What is limited, such as `'latency'`; one of a name in a search. */
  readonly name: string;
  readonly limit: number;
  /** Of the limit, such as `'ms'`. */
  readonly unit: string;
  /** Whether the term is added to the loss, or the loss multiplied with one more than it. */
  readonly combine: 'add' | 'multiply';
  /** What two runs must have in common to be one: plain JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Fits it to a search. @throws TypeError or RangeError if it is of another space, or no architecture keeps the limit. */
  bind(search: BudgetedSearch): BoundBudget;
}

/** A budget at the end of an epoch. */
export interface BudgetRecord {
  readonly name: string;
  readonly unit: string;
  /** Null for no limit. */
  readonly limit: number | null;
  /** Cost expected by the weights of the edges. */
  readonly expected: number;
  /** Cost of the epoch's genotype. */
  readonly predicted: number;
}

/** A budget at the end of a search. */
export interface BudgetVerdict extends Omit<BudgetRecord, 'expected'> {
  /** Cost of what alpha decodes to, where that is more than the limit and another genotype was taken. */
  readonly decoded?: number;
  /** What its network took as a whole, where that was measured, and the standard error. */
  readonly measured?: number;
  readonly error?: number;
}
