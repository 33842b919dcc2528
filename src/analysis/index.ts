export { topKAccuracy } from '../tasks/accuracy';
export type { AlphaProbeOptions } from './alpha-probe';
export { alphaEntropy, skipCount, skipShare } from './collapse';
export {
  type ArchHessian,
  archHessian,
  dominantEigenvalue,
  type HessianOptions,
  hessianVectorProduct,
} from './hessian';
export { type LanczosOptions, type LanczosResult, lanczos } from './lanczos';
export {
  type LossLandscape,
  type LossLandscapeEvent,
  type LossLandscapeOptions,
  lossLandscape,
} from './loss-landscape';

export { type SymmetricEigen, symmetricEigen } from './symmetric-eigen';
