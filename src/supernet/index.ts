import { registerSupernets } from './register';

registerSupernets();

export { createSupernet, type SupernetOptions } from './create-supernet';
export { DartsSupernet, type DartsSupernetOptions } from './darts';
export type { EdgePass } from './memory/edge';
export {
  type EstimateMemoryOptions,
  estimateMemory,
  type MemoryEstimate,
} from './memory/estimate-memory';
export type { Mixture } from './mixture';
export { MobileSupernet, type MobileSupernetOptions } from './mobile';
export { modelSpace } from './model/edges';
export { type ModelSupernet, modelSupernet } from './model/model-supernet';
export { NasBench201Supernet, type NasBench201SupernetOptions } from './nas-bench-201';
export type { NoisePlan, NoiseSite, ResolvedNoise, SupernetNoise } from './noise-plan';
export type { CommonSupernetOptions } from './options';
export type { LabelledBatch, Searchable, SearchedModel } from './searchable';
export { type Alphas, Supernet, type SupernetParts } from './supernet';
export { taskModel } from './task-model';
