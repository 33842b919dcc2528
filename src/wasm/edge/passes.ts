import type { Shape4 } from '../../kernels/geometry';
import type { NormSums } from './norm';

/** What a term's way back starts from; addresses, but for the weight of the term. */
export interface TermGradients extends NormSums {
  /** Of the edge's output. */
  readonly dy: number;
  /** Of the edge's input. */
  readonly dx: number;
  /** Whether dx is added to; if not, it is written. */
  readonly accumulate: boolean;
  /** Of the term's variables, zeros to add to; empty if they are not asked for. */
  readonly variables: readonly number[];
}

/** The two passes of one term. */
export interface TermPasses {
  /**
   * Computes the maps and what their norms need; `moments` is for the moments of one map at a time, null where norms go by
   * their running statistics.
   */
  forward?(moments: number): void;
  /**
   * Address of what goes into the sum, before the norm if there is one.
   *
   * @param newMap - Gives a map of a shape, until the sum is made.
   */
  summand(newMap: (shape: Shape4) => number): number;
  /** Makes the gradients. */
  backward(gradients: TermGradients): void;
}
