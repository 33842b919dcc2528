import { byKind } from '../../kernels/edge';
import { BlocksPasses } from './blocks';
import { IdentityPasses } from './identity';
import type { TermPasses } from './passes';
import type { Place } from './place';
import { PoolPasses } from './pool';

/** The passes of a term; undefined if it takes no part. */
export const passesOf = byKind<[Place], TermPasses | undefined>({
  blocks: ({ blocks }, place) => new BlocksPasses(blocks, place),
  pool: (term, place) => new PoolPasses(term, place),
  identity: ({ noise }, place) => new IdentityPasses(noise, place),
  zero: () => undefined,
  // Its gradient is the edge's, scaled: the edge makes it.
  given: (_, { given }) => ({ summand: () => given, backward() {} }),
});
