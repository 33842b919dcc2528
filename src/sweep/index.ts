export type { Claim, ClaimTimes } from './claim';
export {
  type CommandOptions,
  expandPlan,
  type OptionValue,
  planHash,
  type SweepJob,
  type SweepPlan,
} from './plan';
export { folderRunStore, type JobResult, type RunStore } from './run-store';
export { type JobRunner, type RunSweepOptions, runSweep, type SweepMemory } from './run-sweep';
