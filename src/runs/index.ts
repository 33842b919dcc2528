export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint';
export { type CheckpointStore, memoryStore } from './checkpoint-store';
export { drive, type Run, type RunKind } from './drive';
export type { CheckpointEvent, ResumedEvent, StepProgress, StoppedEvent } from './events';
export { requireFinite, requireFiniteTensors } from './finite';
export { matchVariables, readVariables } from './named-variables';
export {
  type CheckpointOptions,
  checkBatching,
  checkCounts,
  checkRunOptions,
  resolveWeights,
  runKeys,
  type TrainingRunOptions,
  type WeightTraining,
} from './options';
export type { RunRecord } from './position';
export { RunError } from './run-error';
export { checkSingleImages } from './single-images';
export { type StoredParts, unpackRun } from './stored-run';
