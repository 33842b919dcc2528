export {
  type Checkpoint,
  type CheckpointEvent,
  type CheckpointOptions,
  type CheckpointStore,
  decodeCheckpoint,
  encodeCheckpoint,
  memoryStore,
  type OtherKernels,
  type ResumedEvent,
  RunError,
  type StoppedEvent,
  type WeightTraining,
} from '../runs';
export type { AlphaWeights } from './alpha-weights';
export type {
  BoundBudget,
  Budget,
  BudgetedSearch,
  BudgetPenalty,
  BudgetRecord,
  BudgetVerdict,
  Probabilities,
} from './budget';
export type { Diagnostics, DiagnosticsOptions, EigenvalueDiagnostic, EigenvalueOptions } from './diagnostics';
export {
  type DiscretisationGap,
  type DiscretisationGapOptions,
  discretisationGap,
} from './discretisation-gap';
export { type BatchGradients, type GradientEngine, type GradientsOf, localEngine } from './engine';
export { type Evaluable, type EvaluateOptions, type Evaluation, evaluate } from './evaluate';
export type {
  DiagnosticsEvent,
  DoneEvent,
  EpochEvent,
  EpochRecord,
  FrozenOperation,
  GenotypeEvent,
  SearchEvent,
  SelectionVerdict,
  StepEvent,
  StopDecision,
} from './events';
export type { AlphaTraining, CommonSearchOptions, ModelSearchOptions, SearchOptions } from './options';
export { type OlesOptions, oles } from './policies/oles';
export type { SearchPolicy, WatchedSearch } from './policies/policy';
export { type StopOnEigenvalueOptions, stopOnEigenvalue } from './policies/stop-on-eigenvalue';
export { type StopOnSkipsOptions, stopOnSkips } from './policies/stop-on-skips';
export { type StopOnStableRankingOptions, stopOnStableRanking } from './policies/stop-on-stable-ranking';
export { search } from './search';
export { SearchError } from './search-error';
export { alphaStep, type StepMoment, type WeightStepResult, weightStep } from './steps';
export { restoreSupernet } from './stored-search';
