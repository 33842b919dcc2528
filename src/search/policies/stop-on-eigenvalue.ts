import { checkOptions, rangeError } from '../../errors';
import type { EpochRecord } from '../events';
import type { SearchPolicy } from './policy';

/** Options of {@link stopOnEigenvalue}. */
export interface StopOnEigenvalueOptions {
  /** Epochs that an average spans, an odd number, and that lie between the two averages. Default 5. */
  readonly window?: number;
  /** Stop once the earlier average is less than this share of the later one. Default 0.75. */
  readonly ratio?: number;
}

/** Mean of the eigenvalues measured around an epoch; NaN if there is none. */
function average(history: readonly EpochRecord[], epoch: number, reach: number): number {
  const values = history
    .filter((record) => Math.abs(record.epoch - epoch) <= reach)
    .flatMap(({ diagnostics }) => diagnostics?.eigenvalue?.max ?? []);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * RobustDARTS: stops when the largest eigenvalue of the Hessian over alpha rises too fast, and goes back to before it did.
 *
 * `a(i)` is the mean of the eigenvalues measured in the k epochs around i. The search stops once `a(i - k) / a(i) < 0.75`,
 * and the genotype of epoch i - k counts. As a(i) looks (k - 1) / 2 epochs ahead, epoch i is that many before the last one
 * done; nothing stops before 2 k epochs are done. An average that is not above 0 stops nothing.
 *
 * The search must measure eigenvalues: `diagnostics: { eigenvalue: true }`.
 *
 * @throws RangeError if an option is out of range; the search, before it starts, if it does not measure eigenvalues; the
 * policy itself, once 2 k epochs are done and none of those it looks at has one.
 *
 * Source: Zela et al. 2020, RobustDARTS, 1909.09656, section 4.3.
 */
export function stopOnEigenvalue(options: StopOnEigenvalueOptions = {}): SearchPolicy {
  checkOptions('stopOnEigenvalue', options, { window: true, ratio: true });
  const { window = 5, ratio = 0.75 } = options;
  if (!Number.isInteger(window) || window < 1 || window % 2 === 0)
    throw rangeError('stopOnEigenvalue', 'window must be an odd number', window, 'leave it out for 5');
  if (!(ratio > 0 && Number.isFinite(ratio)))
    throw rangeError('stopOnEigenvalue', 'ratio must be a number above 0', ratio, 'leave it out for 0.75');
  const reach = (window - 1) / 2;
  const policy: SearchPolicy = (history) => {
    const later = history.at(-1)!.epoch - reach;
    const earlier = later - window;
    if (earlier < reach) return 'continue';
    const [before, now] = [average(history, earlier, reach), average(history, later, reach)];
    if (Number.isNaN(before) || Number.isNaN(now))
      throw rangeError(
        'stopOnEigenvalue',
        `there must be an eigenvalue in the ${window} epochs around epoch ${Number.isNaN(now) ? later : earlier}`,
        'none',
        'search with diagnostics: { eigenvalue: true }, at least once a window',
      );
    if (!(now > 0) || before >= ratio * now) return 'continue';
    return {
      stop: `the largest eigenvalue rose from ${before.toPrecision(3)} around epoch ${earlier} to ${now.toPrecision(3)} around epoch ${later}`,
      rollBackTo: earlier,
    };
  };
  policy.check = ({ diagnostics }) => {
    const every = diagnostics?.eigenvalue ? (diagnostics.every ?? 1) : Number.POSITIVE_INFINITY;
    if (every > window)
      throw rangeError(
        'stopOnEigenvalue',
        `the search must measure eigenvalues at least every ${window} epochs`,
        every === Number.POSITIVE_INFINITY ? 'never' : every,
        'search with diagnostics: { eigenvalue: true }',
      );
  };
  return policy;
}
