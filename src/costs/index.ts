export type { Costed } from './blueprint';
export {
  type BudgetOptions,
  type BudgetSchedule,
  type CountedBudgetOptions,
  type LatencyOptions,
  latency,
  multiplyAdds,
  parameters,
  type WeightBytesOptions,
  weightBytes,
} from './budget';
export type { Calibration } from './calibration';
export type { MeasureOptions, MeasuringConditions } from './conditions';
export { type CountCostsOptions, type CountedCost, countCosts } from './count-costs';
export { type Bytes, countModel, type ModelCounts } from './count-model';
export {
  type LatencyTable,
  type MeasureCostsOptions,
  type MeasuredPart,
  measureCosts,
} from './measure-costs';
export { type ModelLatency, measureGenotype, measureModel, measureModels } from './measure-model';
export { peakActivations } from './peak-activations';
export type { RoundProgress } from './rounds';
export type { NetworkSizes } from './sizes';
export {
  type CostName,
  type CostRange,
  type CostTable,
  costRange,
  costTableFromJson,
  predictCost,
} from './table';
