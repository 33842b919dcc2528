import type { EpochRecord } from '../events';

/** A policy's word that a search is to stop. */
export interface StopDecision {
  /** Why, for people. */
  readonly stop: string;
  /** The epoch, from 0, whose genotype and edge weights are the result. */
  readonly rollBackTo: number;
}

/**
 * Decides after every epoch whether a search goes on: a pure function of its history, the epoch just done included. A
 * resumed search asks it again, so that it must not remember anything.
 */
export type SearchPolicy = (history: readonly EpochRecord[]) => 'continue' | StopDecision;
