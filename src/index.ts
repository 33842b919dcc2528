// What a search needs, on one page; each room has an entry of its own, noisydarts/<room>, with all that it offers. Importing
// this makes the layers known to tfjs, so that saved models that hold edges or supernets load; saved networks need
// noisydarts/network.
export { skipCount, skipShare } from './analysis';
export {
  type Architect,
  type ArchitectOptions,
  type BilevelModel,
  createArchitect,
  defineArchitect,
} from './architect';
export {
  type AugmentationOptions,
  type ImageDataset,
  inMemory,
  type Normalization,
  normalizations,
  split,
  subset,
} from './data';
export {
  decodeGenotype,
  type Genotype,
  type GenotypeOf,
  genotypeFromJson,
  genotypeToJson,
  genotypeToPython,
  genotypeWeights,
  type MobileGenotype,
  type NasBench201Cell,
} from './genotype';
export {
  archVariables,
  type Candidate,
  type CandidateOptions,
  type DecodedEdge,
  defineCandidate,
  gaussianNoise,
  MixedOp,
  type MixedOpCandidates,
  type MixedOpOptions,
  type NoiseOptions,
  type NoiseSettings,
  NoisyMixedOp,
  type NoisyMixedOpOptions,
  NoisyOp,
  type NoisyOpOptions,
  noisy,
  referenceVariants,
  uniformNoise,
  type VariantName,
  variants,
  weightVariables,
} from './layers';
export {
  type AdamOptions,
  adam,
  clipByGlobalNorm,
  cosine,
  type Optimizer,
  type SgdOptions,
  sgd,
} from './optimizers';
export { type CheckpointStore, memoryStore } from './runs';
export {
  type EpochRecord,
  evaluate,
  SearchError,
  type SearchEvent,
  type SearchOptions,
  type SearchPolicy,
  search,
} from './search';
export {
  type DartsSpace,
  darts,
  defineSpace,
  type MobileSpace,
  mobile,
  type NasBench201Space,
  nasBench201,
  type PrimitiveName,
  type PrimitiveOf,
  type SearchSpace,
} from './spaces';
export {
  defineStrategy,
  fairDarts,
  gdas,
  pcDarts,
  plainDarts,
  type Strategy,
  sdartsRs,
} from './strategies/core';
export { type Alphas, createSupernet, Supernet, type SupernetOptions } from './supernet';
