export type { AlphaWeights } from './alpha-weights';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint';
export { type CheckpointStore, memoryStore } from './checkpoint-store';
export type { Diagnostics, DiagnosticsOptions, EigenvalueDiagnostic, EigenvalueOptions } from './diagnostics';
export {
  type DiscretisationGap,
  type DiscretisationGapOptions,
  discretisationGap,
} from './discretisation-gap';
export { type BatchGradients, type GradientEngine, localEngine } from './engine';
export { type Evaluable, type EvaluateOptions, type Evaluation, evaluate } from './evaluate';
export type {
  CheckpointEvent,
  DiagnosticsEvent,
  DoneEvent,
  EpochEvent,
  EpochRecord,
  GenotypeEvent,
  SearchEvent,
  StepEvent,
  StopDecision,
  StoppedEvent,
} from './events';
export type { AlphaTraining, CheckpointOptions, SearchOptions, WeightTraining } from './options';
export type { SearchPolicy } from './policies/policy';
export { type StopOnEigenvalueOptions, stopOnEigenvalue } from './policies/stop-on-eigenvalue';
export { type StopOnSkipsOptions, stopOnSkips } from './policies/stop-on-skips';
export { type StopOnStableRankingOptions, stopOnStableRanking } from './policies/stop-on-stable-ranking';
export { restoreSupernet } from './run-state';
export { search } from './search';
export { SearchError } from './search-error';
export { alphaStep, type StepMoment, type WeightStepResult, weightStep } from './steps';
export { packRun, type StoredParts, type UnpackedRun, unpackRun } from './stored-run';
