// The entry noisydarts/network. Importing it registers the layers with tfjs, so that saved networks load.
import { registerNetworkLayers } from './register';

registerNetworkLayers();

export type { ModelGenotype } from '../genotype';
export type { LayerShapes, Work } from '../layers';
export { withoutAuxiliary } from './auxiliary';
export { AuxiliaryHead, type AuxiliaryHeadOptions } from './auxiliary-head';
export { checkModelTopology } from './check-model-topology';
export type { Cost } from './cost/cost';
export { type CostReport, countCost, type LayerCost } from './cost/count-cost';
export { nasBench201Cost } from './cost/nas-bench-201-cost';
export { defineWork } from './cost/work';
export { createNetwork } from './create-network';
export { type DeriveModelOptions, deriveModel } from './derive-model';
export { type NetworkDescription, networkDescription } from './description';
export { setDropPath } from './drop-path-rate';
export { FeatureDropout, type FeatureDropoutOptions } from './feature-dropout';
export { type FeatureMap, featureExtractor, featureMaps } from './feature-maps';
export { type MobileArchitecture, type MobileBlock, noisyDartsA } from './mobile/architecture';
export { createMobileNetwork, type MobileNetworkOptions } from './mobile/create-mobile-network';
export { mobileArchitecture } from './mobile/mobile-architecture';
export { modelGenotype, modelGenotypeFromJson } from './model-genotype';
export { DenseNetworkCell, type DenseNetworkCellOptions } from './nas-bench-201/dense-network-cell';
export type { NasBench201NetworkOptions, ResolvedNasBench201NetworkOptions } from './nas-bench-201/options';
export { NetworkCell, type NetworkCellOptions } from './network-cell';
export { NormRelu } from './norm-relu';
export type { NetworkKind, NetworkOptions, ResolvedNetworkOptions } from './options';
export { registerNetworkLayers } from './register';
export { defineStandard, type StandardUse } from './standard/own';
export { toStandardLayers } from './standard/to-standard-layers';
export * from './training';
export { type TransferOptions, transferNetwork } from './transfer';
