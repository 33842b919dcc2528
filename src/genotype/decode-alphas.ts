import type { ByAlpha, DartsSpace, MobileSpace, NasBench201Space, SearchSpace } from '../spaces';
import { requireSpace } from '../spaces/edges';
import type { AlphaMatrix } from './alpha';
import { type CellAlphas, type DecodeOptions, decodeGenotype } from './decode';
import { decodeMobile } from './mobile';
import { decodeNasBench201 } from './nas-bench-201';
import type { GenotypeOf } from './types';

type Decoder = (space: SearchSpace, alphas: never, options: DecodeOptions) => unknown;

const decoders: { readonly [kind in SearchSpace['kind']]: Decoder } = {
  darts: (space, alphas: CellAlphas, options) => decodeGenotype(space as DartsSpace, alphas, options),
  'nas-bench-201': (space, alphas: { readonly cell: AlphaMatrix }) =>
    decodeNasBench201(space as NasBench201Space, alphas?.cell),
  mobile: (space, alphas: ByAlpha<MobileSpace, AlphaMatrix>) => decodeMobile(space as MobileSpace, alphas),
};

/**
 * What a search has arrived at, in a space of any kind: {@link decodeGenotype}, {@link decodeNasBench201} or
 * {@link decodeMobile}.
 *
 * @param alphas - One matrix a searched cell or layer, by its name; see `alphaCandidates`.
 * @throws RangeError if a matrix has another shape than the space's or holds a number that is not finite.
 */
export function decodeAlphas<S extends SearchSpace>(
  space: S,
  alphas: ByAlpha<S, AlphaMatrix>,
  options: DecodeOptions = {},
): GenotypeOf<S> {
  requireSpace('decodeAlphas', space, ...Object.keys(decoders));
  return decoders[space.kind](space, alphas as never, options) as GenotypeOf<S>;
}
