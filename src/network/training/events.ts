import type { CheckpointEvent, ResumedEvent, RunRecord, StepProgress, StoppedEvent } from '../../runs';
import type { NetworkEvaluation } from './evaluate-network';
import type { WeightSnapshot } from './weights';

/** After every iteration. */
export interface TrainingStepEvent extends StepProgress {
  /** Cross-entropy of the batch before its step, without the auxiliary head's. */
  readonly trainLoss: number;
  /** Cross-entropy of the auxiliary head; null if there is none. */
  readonly auxiliaryLoss: number | null;
  /** Share of right answers so far in this epoch, percent, in training mode. */
  readonly trainAccuracy: number;
  readonly learningRate: number;
}

/** One line of a training's history. */
export interface TrainingRecord extends RunRecord {
  /** Mean cross-entropy over the training batches, without the auxiliary head's. */
  readonly trainLoss: number;
  /** Share of right answers on the training batches, percent, in training mode. */
  readonly trainAccuracy: number;
  /** Mean cross-entropy on the held-out part; null if it was not evaluated. */
  readonly validLoss: number | null;
  /** Top-1 accuracy on the held-out part, percent; null if it was not evaluated. */
  readonly validAccuracy: number | null;
  /** Top-5 accuracy on the held-out part, percent; null if it was not evaluated. */
  readonly validTop5: number | null;
  readonly learningRate: number;
  /** Rate of the drop path. */
  readonly dropPath: number;
}

/** At the end of every epoch. */
export interface TrainingEpochEvent extends TrainingRecord {
  readonly type: 'epoch';
  /** Epochs of the whole run. */
  readonly epochs: number;
}

/** When the held-out accuracy is higher than in every epoch before, or equal to the highest with a lower loss. */
export interface BestEvent {
  readonly type: 'best';
  readonly epoch: number;
  /** Top-1 accuracy on the held-out part, percent. */
  readonly accuracy: number;
}

/** Last event of a run that reached its end. */
export interface TrainedEvent {
  readonly type: 'done';
  /** The epochs of the run, those before a resume included. */
  readonly history: readonly TrainingRecord[];
  /** The last evaluation of the held-out part, with its confusion matrix; null without one. */
  readonly heldOut: NetworkEvaluation | null;
  /**
   * The weights with the highest held-out accuracy, of equals those with the lowest held-out loss; the last weights if
   * nothing is held out. Put them into the network with `putWeights`.
   */
  readonly best: {
    readonly epoch: number;
    readonly accuracy: number | null;
    readonly weights: WeightSnapshot;
  };
  /** The weights after the last epoch; the network holds them now. */
  readonly last: WeightSnapshot;
}

/** Everything a training reports. */
export type TrainingEvent =
  | TrainingStepEvent
  | TrainingEpochEvent
  | BestEvent
  | ResumedEvent<TrainingRecord>
  | CheckpointEvent
  | StoppedEvent
  | TrainedEvent;
