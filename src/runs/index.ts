export { checkEngine } from './check-engine';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint';
export { type CheckpointStore, memoryStore } from './checkpoint-store';
export { drive, type Run, type RunKind } from './drive';
export type { CheckpointEvent, OtherKernels, ResumedEvent, StepProgress, StoppedEvent } from './events';
export { requireFinite, requireFiniteTensors } from './finite';
export { matchVariables, readVariables } from './named-variables';
export {
  augmentSettings,
  type CheckpointOptions,
  checkBatching,
  checkRunOptions,
  datasetSettings,
  resolveWeights,
  runKeys,
  type TrainingRunOptions,
  type WeightTraining,
} from './options';
export type { RunRecord } from './position';
export { RunError } from './run-error';
export { type StoredParts, unpackRun } from './stored-run';
