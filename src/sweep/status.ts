import { requireObject } from '../errors';
import { expandPlan, type SweepJob, type SweepPlan } from './plan';
import type { RunStore } from './run-store';

/** Where a job stands. */
export interface JobStatus {
  readonly job: SweepJob;
  readonly status: 'done' | 'failed' | 'running' | 'waiting';
  /** What it came to, of one that is done. */
  readonly result?: unknown;
  /** Why, of one that failed. */
  readonly error?: string;
}

/** Where a sweep stands. */
export interface SweepStatus {
  readonly plan: SweepPlan;
  readonly jobs: readonly JobStatus[];
}

/**
 * Where the jobs of a store's sweep stand; of one whose worker died it says `running` until another takes it.
 *
 * @returns Undefined if the store holds no sweep.
 */
export async function sweepStatus(store: RunStore): Promise<SweepStatus | undefined> {
  requireObject('sweepStatus', 'the store', store, 'pass what openRunStore() returns', 'plan', 'result');
  const plan = await store.plan();
  if (!plan) return undefined;
  const running = await store.running();
  const jobs = await Promise.all(
    expandPlan(plan).map(async (job): Promise<JobStatus> => {
      const found = await store.result(job.name);
      if (!found) return { job, status: running.has(job.name) ? 'running' : 'waiting' };
      const { status, result, error } = found;
      return {
        job,
        status,
        ...(result !== undefined && { result }),
        ...(error !== undefined && { error }),
      };
    }),
  );
  return { plan, jobs };
}
