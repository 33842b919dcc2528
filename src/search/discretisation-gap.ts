import type { Dataset } from '../data';
import { checkDataset } from '../data/check';
import { checkOptions, type OptionKeys, requireObject } from '../errors';
import { genotypeMixture } from '../genotype';
import type { AnySpace } from '../spaces';
import type { Searchable } from '../supernet';
import type { EvaluateOptions, Evaluation } from './evaluate';
import { mixtureEvaluation } from './evaluate-mixtures';

/** Options of {@link discretisationGap}. */
export interface DiscretisationGapOptions extends Omit<EvaluateOptions, 'genotype'> {
  /** How many images, the first of the data set; those of a last batch that is not full are left out. Default all. */
  readonly images?: number;
  /**
   * What batch norms normalise by: the statistics of each batch, or the running ones. These belong to the mixtures, not
   * to the derived cells, whose maps they can fit so badly that accuracy is that of guessing. Default `'batch'`.
   */
  readonly statistics?: 'batch' | 'running';
}

const KEYS = {
  batchSize: 'count',
  normalize: 'object',
  task: 'object',
  images: 'count',
  statistics: ['batch', 'running'],
} satisfies OptionKeys<DiscretisationGapOptions>;

/** What is lost when the mixtures are replaced by the operations that survive. */
export interface DiscretisationGap {
  /** The supernet with its mixtures. */
  readonly supernet: Evaluation;
  /** The cells of its genotype in the same place, with the same weights. */
  readonly derived: Evaluation;
}

/**
 * Loss and metrics of a supernet beside those of the cells that it stands for, evaluated in place with the shared weights:
 * every edge that the genotype keeps has its operation alone, with weight 1, and all other edges have none. Noise and drop
 * path are off.
 *
 * The gap is `supernet.accuracy - derived.accuracy`. A search whose alphas are nearly one-hot has a small one; a large one
 * says that the genotype is not what was trained.
 *
 * The supernet stays as it is.
 *
 * @param dataset - Images that neither weights nor, if the number is to be unbiased, alphas were trained on.
 * @throws RangeError if an option is out of range, or the data set has too few images for a batch.
 *
 * Source: the comparison is that of Chen and Hsieh 2020, "Stabilizing differentiable architecture search via
 * perturbation-based regularization", section 3.1, and of Wang et al. 2021, "Rethinking architecture selection".
 */
export async function discretisationGap<S extends AnySpace>(
  supernet: Searchable<S>,
  dataset: Dataset,
  options: DiscretisationGapOptions = {},
): Promise<DiscretisationGap> {
  requireObject(
    'discretisationGap',
    'the supernet',
    supernet,
    'pass one of createSupernet(), or modelSupernet(model)',
    'space',
    'forward',
  );
  checkDataset('discretisationGap', dataset);
  checkOptions('discretisationGap', options, KEYS);
  const evaluated = mixtureEvaluation(supernet, dataset, options);
  const mixture = genotypeMixture(supernet.space, await supernet.readGenotype());
  return { supernet: await evaluated(), derived: await evaluated(mixture) };
}
