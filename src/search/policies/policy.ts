import type { AnySpace } from '../../spaces';
import type { DiagnosticsOptions } from '../diagnostics';
import type { EpochRecord, StopDecision } from '../events';
import type { Follow } from './follower';

/** The search that a policy is to watch. */
export interface WatchedSearch {
  readonly space: AnySpace;
  /** What it measures about itself. */
  readonly diagnostics: DiagnosticsOptions | undefined;
  /** Order of alpha's gradient. */
  readonly order: 'first' | 'second';
}

/**
 * Decides after every epoch whether a search goes on: a pure function of its history, the epoch just done included. A
 * resumed search asks it again, so that it must not remember anything.
 */
export interface SearchPolicy {
  (history: readonly EpochRecord[]): 'continue' | StopDecision;
  /** Refuses a search that it cannot watch, before the search starts. Default: takes all. */
  check?(search: WatchedSearch): void;
  /** @internal What it does inside the steps of a search, first order only. Default nothing. */
  follow?: Follow;
}
