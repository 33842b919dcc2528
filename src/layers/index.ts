import { registerLayers } from './register';

// Saved models that hold these layers load once this is imported.
registerLayers();

export type { Activation } from './activation';
export { BatchNorm, type BatchNormOptions } from './batch-norm';
export { type CallOptions, type Moment, momentDraw, PASSES, type Sampler } from './call-options';
export { builtinCandidates, type Candidate, type CandidateOptions, defineCandidate } from './candidates';
export { Cell, type CellOptions } from './cell';
export { Classifier, type ClassifierOptions } from './classifier';
export { ConvBN, type ConvBNOptions } from './conv-bn';
export { DenseCell, type DenseCellOptions } from './dense-cell';
export { DropPath, type DropPathOptions, dropPath } from './drop-path';
export { FactorizedReduce, type FactorizedReduceOptions } from './factorized-reduce';
export type { Footprint } from './footprint';
export { Identity, identity } from './identity';
export { InvertedBottleneck, type InvertedBottleneckOptions } from './inverted-bottleneck';
export type { LayerReference } from './layer-reference';
export {
  ALPHA_INIT_STD,
  type DecodedEdge,
  MixedOp,
  type MixedOpCandidates,
  type MixedOpOptions,
} from './mixed-op';
export {
  checkNoise,
  gaussianNoise,
  type NoiseOptions,
  type NoiseSchedule,
  type NoiseSettings,
  uniformNoise,
} from './noise/settings';
export { type ReferenceVariant, referenceVariants, type VariantName, variants } from './noise/variants';
export { NoiseSource, type NoiseSourceOptions } from './noise-source';
export {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
} from './noisy-darts-layer';
export { type NoiseByCandidate, NoisyMixedOp, type NoisyMixedOpOptions } from './noisy-mixed-op';
export { NoisyOp, type NoisyOpOptions, noisy } from './noisy-op';

export { Pool, type PoolLayerOptions } from './pool';

export { ReluConvBN, type ReluConvBNOptions } from './relu-conv-bn';
export { ResidualBlock, type ResidualBlockOptions } from './residual-block';
export { SeparableBlock, type SeparableBlockOptions } from './separable-block';
export { SeparableBottleneck, type SeparableBottleneckOptions } from './separable-bottleneck';
export { SeparableConv, type SeparableConvOptions } from './separable-conv';
export { SqueezeExcite, type SqueezeExciteOptions } from './squeeze-excite';
export { Stem, type StemOptions } from './stem';
export { archVariables, type LayerTree, mixedEdges, stateVariables, weightVariables } from './variables';
export type { InputShape, LayerShapes, MapShape, Work } from './work';
export { Zero, type ZeroOptions } from './zero';
