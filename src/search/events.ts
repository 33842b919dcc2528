import type { GenotypeOf } from '../genotype';
import type { CheckpointEvent, ResumedEvent, RunRecord, StepProgress, StoppedEvent } from '../runs';
import type { AnySpace, SearchSpace } from '../spaces';
import type { AlphaWeights } from './alpha-weights';
import type { BudgetRecord, BudgetVerdict } from './budget';
import type { Diagnostics } from './diagnostics';

/** A policy's word that a search is to stop. */
export interface StopDecision {
  /** Why, for people. */
  readonly stop: string;
  /** The epoch, from 0, whose genotype and edge weights are the result. */
  readonly rollBackTo: number;
}

/** An operation that a policy has frozen; see `oles`. */
export interface FrozenOperation {
  /** Epoch and iteration from 0, the latter over the whole run. */
  readonly epoch: number;
  readonly step: number;
  /** Position of its cell in the supernet, from 0; in a model of one's own of its edge. */
  readonly cell: number;
  /** The alpha that the cell reads, by its name. */
  readonly cellType: string;
  /** Edge of the cell, from 0. */
  readonly edge: number;
  readonly primitive: string;
  /** Mean cosine of its training and validation gradients. */
  readonly cosine: number;
}

/** After every iteration: one step of alpha (unless frozen) and one of the weights. */
export interface StepEvent extends StepProgress {
  /** Loss of the training batch, before its step. */
  readonly trainLoss: number;
  /** Loss of the validation batch that moved alpha; null while alpha is frozen. */
  readonly validLoss: number | null;
  /** Share of right answers on training examples so far in this epoch, percent, in training mode; null in other tasks. */
  readonly trainAccuracy: number | null;
  /** The task's metrics on training examples so far in this epoch, in training mode. */
  readonly trainMetrics: Readonly<Record<string, number>>;
  /** Learning rate of the weights. */
  readonly learningRate: number;
  /** What the policy `oles` froze in this step, if anything. */
  readonly frozen?: readonly FrozenOperation[];
}

/** One line of a run's history. */
export interface EpochRecord<S extends AnySpace = SearchSpace> extends RunRecord {
  /** Mean loss over the training batches. */
  readonly trainLoss: number;
  /** Share of right answers on the training batches, percent, in training mode; null in other tasks. */
  readonly trainAccuracy: number | null;
  /** The task's metrics on the training batches, in training mode. Not in histories from before there were tasks. */
  readonly trainMetrics?: Readonly<Record<string, number>>;
  /** Mean loss over the whole validation set in evaluation mode; null if it was not evaluated. */
  readonly validLoss: number | null;
  /** Share of right answers on the whole validation set in evaluation mode, percent; null if not evaluated, or in other tasks. */
  readonly validAccuracy: number | null;
  /** The task's metrics on the whole validation set in evaluation mode; null if it was not evaluated. */
  readonly validMetrics?: Readonly<Record<string, number>> | null;
  /** Learning rate of the weights. */
  readonly learningRate: number;
  /** Rate of the noise schedule in this epoch, 0 without noise. */
  readonly noiseRate: number;
  /** Edge weights at the end of the epoch. */
  readonly alphas: AlphaWeights<S>;
  /** What the alphas decode to. */
  readonly genotype: GenotypeOf<S>;
  /** What the search measured about itself, if it was to after this epoch. */
  readonly diagnostics?: Diagnostics<S>;
  /** What the architecture costs, by budget, if there are any. */
  readonly budget?: readonly BudgetRecord[];
  /** What the policy `oles`, if there is one, froze in this epoch. */
  readonly frozen?: readonly FrozenOperation[];
}

/** At the end of every epoch. */
export interface EpochEvent<S extends AnySpace = SearchSpace> extends EpochRecord<S> {
  readonly type: 'epoch';
  /** Epochs of the whole run. */
  readonly epochs: number;
}

/** Before the end of an epoch, if the search was to measure. */
export interface DiagnosticsEvent<S extends AnySpace = SearchSpace> extends Diagnostics<S> {
  readonly type: 'diagnostics';
  readonly epoch: number;
}

/** When the decoded genotype differs from that of the epoch before, and after the first epoch. */
export interface GenotypeEvent<S extends AnySpace = SearchSpace> {
  readonly type: 'genotype';
  readonly epoch: number;
  readonly genotype: GenotypeOf<S>;
}

/** What a genotype was selected by, in place of alpha. */
export interface SelectionVerdict<S extends AnySpace = SearchSpace> {
  /** Name of the selection. */
  readonly by: string;
  /** What alpha decodes to. */
  readonly decoded: GenotypeOf<S>;
}

/** Last event of a run that reached its end, or that a policy has stopped. */
export interface DoneEvent<S extends AnySpace = SearchSpace> {
  readonly type: 'done';
  /** The genotype found: what alpha decodes to, or under budgets the best that keeps them. */
  readonly genotype: GenotypeOf<S>;
  /** What it costs, by budget, if there are any. */
  readonly budget?: readonly BudgetVerdict[];
  /** What has selected the genotype, where that was not alpha. */
  readonly selection?: SelectionVerdict<S>;
  /** The epoch whose genotype it is, from 0: the last, unless a policy went back. Its record holds the edge weights. */
  readonly epoch: number;
  /** What a policy decided; null if the run had all its epochs. */
  readonly decision: StopDecision | null;
  /** Epochs of the whole run, had it not been stopped. */
  readonly epochs: number;
  /** The epochs of the run, those before a resume included. */
  readonly history: readonly EpochRecord<S>[];
}

/** Everything a search reports. */
export type SearchEvent<S extends AnySpace = SearchSpace> =
  | StepEvent
  | EpochEvent<S>
  | DiagnosticsEvent<S>
  | GenotypeEvent<S>
  | ResumedEvent<EpochRecord<S>>
  | CheckpointEvent
  | StoppedEvent
  | DoneEvent<S>;
