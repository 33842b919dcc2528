import { skipCount } from '../../analysis';
import { checkOptions, rangeError } from '../../errors';
import type { SearchPolicy } from './policy';

/** Options of {@link stopOnSkips}. */
export interface StopOnSkipsOptions {
  /** Stop at this many skip connections. Default 2. */
  readonly limit?: number;
  /** The searched cell to count in, by its name. Default: the first one, the normal cell of a DARTS space. */
  readonly cell?: string;
  /** First epoch, from 0, to stop after: the arbitrary genotypes of the start may have skips too. Default 0. */
  readonly from?: number;
}

/**
 * DARTS+: stops once the genotype has 2 or more skip connections in its normal cell. The genotype of that epoch counts.
 *
 * @throws RangeError if an option is out of range; the policy itself, if the genotype has no such cell.
 *
 * Source: Liang et al. 2019, "DARTS+", section 3.2, criterion 1.
 */
export function stopOnSkips(options: StopOnSkipsOptions = {}): SearchPolicy {
  checkOptions('stopOnSkips', options, { limit: true, cell: 'text', from: true });
  const { limit = 2, cell, from = 0 } = options;
  if (!Number.isInteger(limit) || limit < 1)
    throw rangeError('stopOnSkips', 'limit must be a positive integer', limit, 'leave it out for 2');
  if (!Number.isInteger(from) || from < 0)
    throw rangeError('stopOnSkips', 'from must be an epoch, counted from 0', from, 'leave it out for 0');
  return (history) => {
    const { epoch, genotype } = history.at(-1)!;
    const counts: Readonly<Record<string, number>> = skipCount(genotype);
    const name = cell ?? Object.keys(counts)[0]!;
    const count = counts[name];
    if (count === undefined)
      throw rangeError(
        'stopOnSkips',
        `cell must be one of ${Object.keys(counts).join(', ')}`,
        name,
        'name a searched cell',
      );
    if (epoch < from || count < limit) return 'continue';
    return { stop: `${count} skip connections in the cell '${name}'`, rollBackTo: epoch };
  };
}
