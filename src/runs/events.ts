/** What every step event says, whatever is trained. */
export interface StepProgress {
  readonly type: 'step';
  /** Epoch from 0. */
  readonly epoch: number;
  /** Iteration from 0, over the whole run. */
  readonly step: number;
  /** Iteration from 0 within the epoch. */
  readonly stepInEpoch: number;
  /** Iterations an epoch. */
  readonly stepsPerEpoch: number;
  /** Epochs of the whole run. */
  readonly epochs: number;
  /** Training images a second, over the last iteration. */
  readonly imagesPerSecond: number;
  /** Estimate from the mean time of the iterations so far, in seconds; evaluation not counted. */
  readonly secondsLeft: number;
}

/** Fast kernels that differ in the last bits: backend and build. */
export interface OtherKernels {
  /** Those that the checkpoint was made with. */
  readonly stored: string;
  /** Those in use now; null if none of several builds is. */
  readonly now: string | null;
}

/** First event of a run that goes on from a checkpoint. */
export interface ResumedEvent<R = unknown> {
  readonly type: 'resumed';
  /** Epoch the run goes on in. */
  readonly epoch: number;
  /** Iteration the run goes on with. */
  readonly step: number;
  /** The epochs that are done. */
  readonly history: readonly R[];
  /** There if other kernels computed the checkpoint: the run does not go on bit for bit then. */
  readonly otherKernels?: OtherKernels;
}

/** After a checkpoint was stored. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  /** Epoch the run will go on in. */
  readonly epoch: number;
  /** Iteration the run will go on with. */
  readonly step: number;
  /** Size of the checkpoint. */
  readonly bytes: number;
}

/** Last event of a run that was stopped by its signal. */
export interface StoppedEvent {
  readonly type: 'stopped';
  /** Epoch the run will go on in. */
  readonly epoch: number;
  /** Iteration the run will go on with. */
  readonly step: number;
}
