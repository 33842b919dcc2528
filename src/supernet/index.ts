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
export { NasBench201Supernet, type NasBench201SupernetOptions } from './nas-bench-201';
export type { NoisePlan, NoiseSite, ResolvedNoise, SupernetNoise } from './noise-plan';
export type { CommonSupernetOptions } from './options';

export { type Alphas, type LabelledBatch, Supernet, type SupernetParts } from './supernet';
