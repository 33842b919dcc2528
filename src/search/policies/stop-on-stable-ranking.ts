import { checkOptions, rangeError } from '../../errors';
import { type AnySpace, alphaCandidates } from '../../spaces';
import type { EpochRecord } from '../events';
import type { SearchPolicy } from './policy';

/** Options of {@link stopOnStableRanking}. */
export interface StopOnStableRankingOptions {
  /** For how many epochs the rankings must stay as they are. Default 10. */
  readonly epochs?: number;
  /** Which operations have weights to learn. Default: all but `none`, skip connections, pools and noise. */
  readonly learnable?: (primitive: string) => boolean;
}

const WITHOUT_WEIGHTS = ['none', 'skip_connect', 'max_pool_3x3', 'avg_pool_3x3', 'noise'];

/**
 * DARTS+: stops once no edge has changed its mind about the order of its learnable operations for 10 epochs. The genotype of
 * the last one counts.
 *
 * Operations that learn settle when their weights have; what grows after that are the skip connections.
 *
 * @param space - The space that is searched.
 * @throws RangeError if an option is out of range, or no edge of the space has two learnable operations.
 *
 * Source: Liang et al. 2019, "DARTS+", section 3.2, criterion 1*.
 */
export function stopOnStableRanking(space: AnySpace, options: StopOnStableRankingOptions = {}): SearchPolicy {
  checkOptions('stopOnStableRanking', options, { epochs: true, learnable: 'function' });
  const { epochs = 10, learnable = (primitive) => !WITHOUT_WEIGHTS.includes(primitive) } = options;
  if (!Number.isInteger(epochs) || epochs < 1)
    throw rangeError(
      'stopOnStableRanking',
      'epochs must be a positive integer',
      epochs,
      'leave it out for 10',
    );
  const columns = Object.entries<readonly (readonly string[])[]>({ ...alphaCandidates(space) }).map(
    ([name, rows]) =>
      [
        name,
        rows.map((candidates) => [...candidates.keys()].filter((k) => learnable(candidates[k]!))),
      ] as const,
  );
  if (!columns.some(([, rows]) => rows.some(({ length }) => length > 1)))
    throw rangeError(
      'stopOnStableRanking',
      `an edge of ${space.name} must have two learnable operations to rank`,
      space.primitives,
      'use another policy',
    );
  const ranking = ({ alphas }: EpochRecord): string => {
    const weights: Readonly<Record<string, number[][]>> = { ...alphas };
    return JSON.stringify(
      columns.map(([name, rows]) =>
        rows.map((row, edge) =>
          [...row].sort((a, b) => weights[name]![edge]![b]! - weights[name]![edge]![a]!),
        ),
      ),
    );
  };
  const policy: SearchPolicy = (history) => {
    const last = history.at(-1)!;
    const lately = history.slice(-epochs - 1);
    if (lately.length <= epochs || new Set(lately.map(ranking)).size > 1) return 'continue';
    return {
      stop: `the ranking of the learnable operations has not changed for ${epochs} epochs`,
      rollBackTo: last.epoch,
    };
  };
  policy.check = (search) => {
    if (JSON.stringify(alphaCandidates(search.space)) !== JSON.stringify(alphaCandidates(space)))
      throw rangeError(
        'stopOnStableRanking',
        `the search must be in the space ${space.name}`,
        search.space.name,
        'make the policy for the space that is searched',
      );
  };
  return policy;
}
