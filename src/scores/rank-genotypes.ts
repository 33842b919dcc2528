import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, requireList, typeError } from '../errors';
import { disposeWeights } from '../layers/noisy-darts-layer';

/** A genotype with its score. */
export interface ScoredGenotype<G> {
  readonly genotype: G;
  readonly score: number;
}

/** Options of {@link rankGenotypes}. */
export interface RankOptions<G> {
  /** Makes the network that is scored: `(genotype) => createNetwork(genotype, { channels: 16, cells: 5 })`. */
  readonly network: (genotype: G) => LayersModel;
  /** Its score, of which more is better: `(model) => zico(model, { batches })`. */
  readonly score: (model: LayersModel) => Promise<number>;
}

const KEYS = { network: 'function', score: 'function' } satisfies OptionKeys<RankOptions<unknown>>;

/**
 * Orders genotypes by a score that needs no training, the best first: to choose what a search starts from, to filter, or to
 * rank what it found (`topGenotypes`). Of equal scores the one that came first is first.
 *
 * Each network is made, scored and freed in turn.
 *
 * @throws TypeError for what is no list, options that are no functions, or a score that is no number; what they throw.
 */
export async function rankGenotypes<G>(
  genotypes: readonly G[],
  options: RankOptions<G>,
): Promise<readonly ScoredGenotype<G>[]> {
  requireList('rankGenotypes', 'the genotypes', genotypes, 'pass for example those of topGenotypes()');
  const { network, score } = checkOptions('rankGenotypes', options, KEYS as OptionKeys<RankOptions<G>>, true);
  const scored: ScoredGenotype<G>[] = [];
  for (const genotype of genotypes) {
    const model = network(genotype);
    try {
      const value = await score(model);
      if (typeof value !== 'number' || Number.isNaN(value))
        throw typeError(
          'rankGenotypes',
          'score must give a number',
          value,
          'pass for example (model) => synflow(model)',
        );
      scored.push({ genotype, score: value });
    } finally {
      disposeWeights(model);
    }
  }
  return scored.sort((a, b) => b.score - a.score);
}
