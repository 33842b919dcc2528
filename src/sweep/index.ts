export type { Claim, ClaimTimes } from './claim';
export { type SweepDashboard, sweepDashboard } from './dashboard';
export { type OpenRunStoreOptions, openRunStore } from './open-store';
export type { JobRunner } from './perform-job';
export {
  type CommandOptions,
  expandPlan,
  type OptionValue,
  planHash,
  type SweepJob,
  type SweepPlan,
} from './plan';
export { type QueueSweepOptions, queueSweep } from './queue-sweep';
export { type QueueWorkerOptions, queueWorker } from './queue-worker';
export { folderRunStore, type JobResult, type RunStore } from './run-store';
export { type RunSweepOptions, runSweep, type SweepMemory } from './run-sweep';
