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
export { optunaJournal } from './report/optuna-journal';
export { renderSweep } from './report/render-sweep';
export { type ServeSweepOptions, type SweepServer, serveSweep } from './report/serve-sweep';
export { folderRunStore, type JobResult, type RunStore } from './run-store';
export { type RunSweepOptions, runSweep, type SweepMemory } from './run-sweep';
export { type JobStatus, type SweepStatus, sweepStatus } from './status';
