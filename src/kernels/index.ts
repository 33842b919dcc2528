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
export type { WindowOptions } from './geometry';
export { defineKernel, type KernelAttributes, type KernelDefinition, type KernelInputs } from './kernel';
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
