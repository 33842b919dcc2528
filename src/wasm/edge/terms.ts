import { byKind } from '../../kernels/edge';
import { BlocksPasses } from './blocks';
import { IdentityPasses } from './identity';
import type { NormSums } from './norm';
import type { Place } from './place';
import { PoolPasses } from './pool';

/** What a term's way back starts from; addresses, but for the weight of the term. */
export interface TermGradients extends NormSums {
  /** Of the edge's output. */
  readonly dy: number;
  /** Of the edge's input; added to. */
  readonly dx: number;
  /** Of the term's variables, zeros to add to; empty if they are not asked for. */
  readonly variables: readonly number[];
}

/** The two passes of one term. */
export interface TermPasses {
  /** Computes the maps and what their norms need; `moments` is for the moments of one map at a time. */
  forward?(moments: number): void;
  /**
   * Address of what goes into the sum, before the norm if there is one.
   *
   * @param newMap - Gives a map like the edge's input, until the sum is made.
   */
  summand(newMap: () => number): number;
  /** Adds to the gradients. */
  backward(gradients: TermGradients): void;
}

/** The passes of a term; undefined if it takes no part. */
export const passesOf = byKind<[Place], TermPasses | undefined>({
  blocks: ({ blocks }, place) => new BlocksPasses(blocks, place),
  pool: (term, place) => new PoolPasses(term, place),
  identity: ({ noise }, place) => new IdentityPasses(noise, place),
  zero: () => undefined,
  // Its gradient is the edge's, scaled: the edge makes it.
  given: (_, { given }) => ({ summand: () => given, backward() {} }),
});
