export type { NetworkEngine, NetworkGradients, NetworkGradientsOptions } from './engine';
export {
  type EvaluateNetworkOptions,
  evaluateNetwork,
  type NetworkEvaluation,
  type TaskEvaluation,
} from './evaluate-network';
export type {
  BestEvent,
  TrainedEvent,
  TrainingEpochEvent,
  TrainingEvent,
  TrainingRecord,
  TrainingStepEvent,
} from './events';
export { type TrainingOptions, trainingAugmentation } from './options';
export { trainNetwork } from './train-network';
export { TrainingError } from './training-error';
export { type TrainingStepOptions, type TrainingStepResult, trainingStep } from './training-step';
export { putWeights, takeWeights, type WeightSnapshot } from './weights';
