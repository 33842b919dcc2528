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
export { type CountCostsOptions, type CountedCost, countCosts } from './count-costs';
export { type Bytes, countModel, type ModelCounts } from './count-model';
export { peakActivations } from './peak-activations';
export type { NetworkSizes } from './sizes';
export {
  type CostName,
  type CostRange,
  type CostTable,
  costRange,
  costTableFromJson,
  predictCost,
} from './table';
