export { avgPool } from './avg-pool';
export {
  BATCH_NORM_EPSILON,
  type BatchNormAffine,
  type BatchNormTrainResult,
  batchNormInference,
  batchNormTrain,
  type ChannelStatistics,
  updateRunning,
} from './batch-norm';
export { concatChannels } from './concat-channels';
export { conv2d } from './conv2d';
export { crossEntropy } from './cross-entropy';
export { depthwiseConv2d } from './depthwise-conv2d';
export {
  type EdgeCall,
  type EdgeKernel,
  type FusedBlock,
  type FusedCandidate,
  type FusedExcitation,
  type FusedNoise,
  type FusedNorm,
  type FusedTerm,
  setEdgeKernel,
} from './edge';
export type { WindowOptions } from './geometry';
export {
  defineKernel,
  type InputName,
  type KernelAttributes,
  type KernelDefinition,
  type KernelFunction,
  type KernelInputs,
  type KernelType,
  type NoAttributes,
} from './kernel';
export { matMul } from './mat-mul';
export { maxPool, type PoolOptions } from './max-pool';
export {
  counterNoise,
  type DrawAttributes,
  type DrawPosition,
  type FormulaAttributes,
  type NoiseAttributes,
  type NoiseFormula,
  noiseAttributes,
  perturb,
  unitDraw,
} from './noise';
export { type PointwiseOptions, pointwiseConv2d } from './pointwise-conv2d';
export { recomputed } from './recompute';
export { sum } from './sum';
export { weightedSum } from './weighted-sum';
