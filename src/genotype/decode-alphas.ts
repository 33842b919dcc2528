import type { ByAlpha, DartsSpace, NasBench201Space, SearchSpace } from '../spaces';
import type { AlphaMatrix } from './alpha';
import { type CellAlphas, type DecodeOptions, decodeGenotype } from './decode';
import { decodeNasBench201 } from './nas-bench-201';
import type { GenotypeOf } from './types';

type Decoder = (space: SearchSpace, alphas: never, options: DecodeOptions) => unknown;

const decoders: { readonly [kind in SearchSpace['kind']]: Decoder } = {
  darts: (space, alphas: CellAlphas, options) => decodeGenotype(space as DartsSpace, alphas, options),
  'nas-bench-201': (space, { cell }: { readonly cell: AlphaMatrix }) =>
    decodeNasBench201(space as NasBench201Space, cell),
};

/**
 * What a search has arrived at, in a space of any kind: {@link decodeGenotype} or {@link decodeNasBench201}.
 *
 * @param alphas - One matrix a searched cell, by its name; see `alphaCandidates`.
 * @throws RangeError if a matrix has another shape than the space's or holds a number that is not finite.
 */
export function decodeAlphas<S extends SearchSpace>(
  space: S,
  alphas: ByAlpha<S, AlphaMatrix>,
  options: DecodeOptions = {},
): GenotypeOf<S> {
  return decoders[space.kind](space, alphas as never, options) as GenotypeOf<S>;
}
