import type { AnySpace, ByAlpha, SearchSpace } from '../spaces';

/**
 * What a search thinks of every candidate, [edges][candidates] for each alpha: its softmax, or what the strategy puts in its
 * place.
 */
export type AlphaWeights<S extends AnySpace = SearchSpace> = ByAlpha<S, number[][]>;
