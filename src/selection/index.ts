export { type AlphaSelectionOptions, selectByAlpha } from './by-alpha';
export {
  type PerturbationDecision,
  type PerturbationOptions,
  type Removal,
  selectByPerturbation,
} from './by-perturbation';
export { type ShrinkDecision, type ShrinkOptions, selectByProgressiveShrink } from './by-progressive-shrink';
export { defineSelection } from './define-selection';
export type {
  DecisionEvent,
  SelectionCheckpointEvent,
  SelectionDoneEvent,
  SelectionEvent,
  SelectionProgress,
  SelectionResumedEvent,
  SelectionStoppedEvent,
  TrialEvent,
  TuneEvent,
} from './events';
export type { SelectionCheckpoint, SelectionOptions, TunedAlpha, TunedWeights } from './options';
export {
  type Asked,
  ask,
  type CandidateMask,
  type MixtureWeights,
  type SelectionAnswer,
  type SelectionDecision,
  type SelectionPlan,
  type SelectionRequest,
  type SelectionStart,
} from './plan';
export type { Selection, SelectionRecipe, SelectionWork } from './recipe';
export { SelectionError } from './selection-error';
