export type { ArchGradientElement, ArchGradientReport } from './arch-gradient-report';
export {
  type AlphaRecord,
  ArchitectCallback,
  type ArchitectCallbackOptions,
  architectCallback,
} from './architect-callback';
export { type BilevelModelOptions, bilevelModel } from './bilevel-model';
export { type CheckArchGradientOptions, checkArchGradient } from './check-arch-gradient';
export type { ModelBatch, ModelLoss, ModelTensors } from './compiled-loss';
export {
  type ArchitectOptions,
  createArchitect,
  type FirstOrderOptions,
  type SecondOrderOptions,
} from './create-architect';
export { defineArchitect } from './define-architect';
export { mixedHessianVectorProduct } from './mixed-hvp';
export type { DatasetBatch, DatasetIterator, ModelDataset } from './model-batches';
export {
  type ArchBatches,
  type ArchGradient,
  type Architect,
  type ArchLosses,
  type BilevelModel,
  type LossOptions,
  passes,
} from './types';
export { alphaFrozen } from './warmup';
