export { type EstimateMemoryOptions, estimateMemory, type MemoryEstimate } from './estimate-memory';
export type { NoisePlan, NoiseSite, ResolvedNoise, SupernetNoise } from './noise-plan';
export { type Alphas, createSupernet, type LabelledBatch, Supernet, type SupernetOptions } from './supernet';
