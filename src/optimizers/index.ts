export { type Adam, type AdamOptions, adam } from './adam';
export { type ClippedGradients, clipByGlobalNorm, globalNorm } from './clip-by-global-norm';
export { clippedStep } from './clipped-step';
export { type LossGradients, lossGradients } from './loss-gradients';
export {
  type CosineOptions,
  constant,
  cosine,
  linear,
  type RampOptions,
  type Schedule,
  type ScheduleConfig,
  scheduleFrom,
} from './schedules';
export { type Sgd, type SgdOptions, sgd } from './sgd';
export type {
  Gradients,
  NamedTensor,
  Optimizer,
  OptimizerState,
  ScaledStep,
  UnrolledUpdate,
} from './types';
