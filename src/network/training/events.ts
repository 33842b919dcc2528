import type { CheckpointEvent, ResumedEvent, RunRecord, StepProgress, StoppedEvent } from '../../runs';
import type { NetworkEvaluation } from './evaluate-network';
import type { WeightSnapshot } from './weights';

/** After every iteration. */
export interface TrainingStepEvent extends StepProgress {
  /** Loss of the batch before its step, without the auxiliary head's. */
  readonly trainLoss: number;
  /** Loss of the auxiliary head; null if there is none. */
  readonly auxiliaryLoss: number | null;
  /** Share of right answers so far in this epoch, percent, in training mode; null in other tasks. */
  readonly trainAccuracy: number | null;
  /** The task's metrics so far in this epoch, in training mode. */
  readonly trainMetrics: Readonly<Record<string, number>>;
  readonly learningRate: number;
}

/** One line of a training's history. */
export interface TrainingRecord extends RunRecord {
  /** Mean loss over the training batches, without the auxiliary head's. */
  readonly trainLoss: number;
  /** Share of right answers on the training batches, percent, in training mode; null in other tasks. */
  readonly trainAccuracy: number | null;
  /** The task's metrics on the training batches, in training mode. Not in histories from before there were tasks. */
  readonly trainMetrics?: Readonly<Record<string, number>>;
  /** Mean loss on the held-out part; null if it was not evaluated. */
  readonly validLoss: number | null;
  /** Top-1 accuracy on the held-out part, percent; null if it was not evaluated, or in other tasks. */
  readonly validAccuracy: number | null;
  /** Top-5 accuracy on the held-out part, percent; null if it was not evaluated, or in other tasks. */
  readonly validTop5: number | null;
  /** The task's metrics on the held-out part; null if it was not evaluated. */
  readonly validMetrics?: Readonly<Record<string, number>> | null;
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

/**
 * When the held-out part says that these are the best weights so far: by the metric that decides in the task, of equals by
 * the loss. In classification that is the accuracy.
 */
export interface BestEvent {
  readonly type: 'best';
  readonly epoch: number;
  /** Top-1 accuracy on the held-out part, percent; null in other tasks. */
  readonly accuracy: number | null;
  /** The loss and the task's metrics on the held-out part. */
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Last event of a run that reached its end. */
export interface TrainedEvent {
  readonly type: 'done';
  /** The epochs of the run, those before a resume included. */
  readonly history: readonly TrainingRecord[];
  /**
   * The last evaluation of the held-out part, in classification by labels with its confusion matrix (in other tasks loss
   * and metrics alone); null without one.
   */
  readonly heldOut: NetworkEvaluation | null;
  /**
   * The best weights on the held-out part: in classification those with the highest accuracy, of equals those with the lowest
   * loss. The last weights if nothing is held out. Put them into the network with `putWeights`.
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
