import type { EpochRecord, StopDecision } from '../events';

/**
 * Decides after every epoch whether a search goes on: a pure function of its history, the epoch just done included. A
 * resumed search asks it again, so that it must not remember anything.
 */
export type SearchPolicy = (history: readonly EpochRecord[]) => 'continue' | StopDecision;
