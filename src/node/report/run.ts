import { rangeError, requireList, requireObject } from '../../errors';
import type { GenotypeOf } from '../../genotype';
import type { BudgetVerdict, EpochRecord, SelectionVerdict, StopDecision } from '../../search';
import type { AnySpace } from '../../spaces';
import type { RunSettings } from '../run-settings';
import type { FoundReport } from './found-section';

/** A search run as its report shows it. */
export interface RunReport {
  /** Name of the run. */
  readonly name: string;
  /** The space that was searched. */
  readonly space: AnySpace;
  /** The epochs done so far, at least one. */
  readonly history: readonly EpochRecord<AnySpace>[];
  /** Epochs of the whole run. */
  readonly epochs: number;
  /** What to say about the run's settings. */
  readonly settings: RunSettings;
  /** What a policy decided, if one has stopped the run. Default null. */
  readonly decision?: StopDecision | null;
  /** The genotype found, where budgets or a selection have put another one in place of what alpha decodes to. Default: the epoch's. */
  readonly genotype?: GenotypeOf<AnySpace>;
  /** What has selected that genotype, where that was not alpha. */
  readonly selection?: SelectionVerdict<AnySpace>;
  /** What the genotype found costs, of a search under budgets that is done. */
  readonly budget?: readonly BudgetVerdict[];
  /** The training of the found network, where the run goes on with it. Default: none. */
  readonly found?: FoundReport;
  /** When the report was written. Default: now. */
  readonly date?: Date;
}

/**
 * The epoch whose genotype is the run's: the last one done, or the one that a policy went back to; with the genotype that
 * budgets or a selection have put in its place.
 *
 * @throws RangeError if there is none.
 */
export function foundEpoch(
  fn: string,
  { history, decision, genotype }: Pick<RunReport, 'history' | 'decision' | 'genotype'>,
): EpochRecord<AnySpace> {
  const remedy = 'pass that of a search';
  requireList(fn, 'the history', history, remedy);
  for (const [i, record] of history.entries())
    requireObject(fn, `history[${i}]`, record, remedy, 'genotype', 'alphas');
  const found = history[decision?.rollBackTo ?? history.length - 1];
  if (!found)
    throw rangeError(fn, 'the history must hold an epoch', history, 'pass the history after the first epoch');
  return genotype ? { ...found, genotype } : found;
}
