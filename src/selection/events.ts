import type { GenotypeOf } from '../genotype';
import type { OtherKernels } from '../runs';
import type { Evaluation } from '../search';
import type { AnySpace, SearchSpace } from '../spaces';
import type { SelectionDecision } from './plan';

/** How far a selection is. */
export interface SelectionProgress {
  /** Evaluations and steps done. */
  readonly done: number;
  /** Evaluations and steps in all; null if the selection does not know. */
  readonly total: number | null;
  /** Estimate from the mean times so far, in seconds; null before there are any of both, or if the total is not known. */
  readonly secondsLeft: number | null;
}

/** After an evaluation of the supernet. */
export interface TrialEvent extends SelectionProgress, Evaluation {
  readonly type: 'trial';
  /** What was looked at, for people: `cell, edge 3, without skip_connect`. */
  readonly about: string;
}

/** After a step of tuning. */
export interface TuneEvent extends SelectionProgress {
  readonly type: 'tune';
  /** Step from 0, over the whole selection. */
  readonly step: number;
  /** Loss of the training batch, before its step. */
  readonly trainLoss: number;
  /** Loss of the validation batch that moved alpha; null where alpha stays. */
  readonly validLoss: number | null;
  /** Training images a second. */
  readonly imagesPerSecond: number;
}

/** After a decision; a checkpoint is stored before. */
export interface DecisionEvent<D extends SelectionDecision = SelectionDecision> {
  readonly type: 'decision';
  /** Which, from 0. */
  readonly index: number;
  readonly decision: D;
}

/** First event of a selection that goes on from a checkpoint. */
export interface SelectionResumedEvent<D extends SelectionDecision = SelectionDecision> {
  readonly type: 'resumed';
  /** Decisions made. */
  readonly decision: number;
  /** The step it goes on with. */
  readonly step: number;
  /** What is decided. */
  readonly decisions: readonly D[];
  /** There if other kernels computed the checkpoint: the selection does not go on bit for bit then. */
  readonly otherKernels?: OtherKernels;
}

/** After a checkpoint was stored. */
export interface SelectionCheckpointEvent {
  readonly type: 'checkpoint';
  /** Decisions made. */
  readonly decision: number;
  /** The step that the selection will go on with. */
  readonly step: number;
  /** Size of the checkpoint. */
  readonly bytes: number;
}

/** Last event of a selection that was stopped by its signal. */
export interface SelectionStoppedEvent {
  readonly type: 'stopped';
  /** Decisions made. */
  readonly decision: number;
  /** The step that the selection will go on with. */
  readonly step: number;
}

/** Last event of a selection that reached its end. */
export interface SelectionDoneEvent<
  S extends AnySpace = SearchSpace,
  D extends SelectionDecision = SelectionDecision,
> {
  readonly type: 'done';
  /** What was selected. */
  readonly genotype: GenotypeOf<S>;
  /** What alpha stood for at the start. */
  readonly byAlpha: GenotypeOf<S>;
  /** All decisions, those before a resume included. */
  readonly decisions: readonly D[];
}

/** Everything that a selection reports. */
export type SelectionEvent<
  S extends AnySpace = SearchSpace,
  D extends SelectionDecision = SelectionDecision,
> =
  | TrialEvent
  | TuneEvent
  | DecisionEvent<D>
  | SelectionResumedEvent<D>
  | SelectionCheckpointEvent
  | SelectionStoppedEvent
  | SelectionDoneEvent<S, D>;
