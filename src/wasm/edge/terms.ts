import { byKind } from '../../kernels/edge';
import { blocksPasses } from './blocks';
import { identityPasses } from './identity';
import type { TermPasses } from './passes';
import type { Place } from './place';
import { poolPasses } from './pool';

/** The passes of a term; undefined if it takes no part. */
export const passesOf = byKind<[Place], TermPasses | undefined>({
  blocks: ({ blocks }, place) => blocksPasses(blocks, place),
  pool: poolPasses,
  identity: ({ noise }, place) => identityPasses(noise, place),
  zero: () => undefined,
  // Its gradient is the edge's, scaled: the edge makes it.
  given: (_, { given }) => ({ summand: () => given, backward() {} }),
});
