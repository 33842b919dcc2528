export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint';
export { type CheckpointStore, memoryStore } from './checkpoint-store';
export { type BatchGradients, type GradientEngine, localEngine } from './engine';
export { type Evaluable, type EvaluateOptions, type Evaluation, evaluate } from './evaluate';
export type {
  AlphaWeights,
  CheckpointEvent,
  DoneEvent,
  EpochEvent,
  EpochRecord,
  GenotypeEvent,
  SearchEvent,
  StepEvent,
  StoppedEvent,
} from './events';
export type { AlphaTraining, CheckpointOptions, SearchOptions, WeightTraining } from './options';
export { search } from './search';
export { SearchError } from './search-error';
export { alphaStep, type StepMoment, type WeightStepResult, weightStep } from './steps';
export { packRun, type StoredParts, type UnpackedRun, unpackRun } from './stored-run';
