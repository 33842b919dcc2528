import type { Claim } from './claim';
import type { SweepJob } from './plan';
import type { JobResult, RunStore } from './run-store';

/** Does a job, or the rest of one that was stopped: goes on with what lies in the folder. */
export type JobRunner = (
  job: SweepJob,
  context: {
    /** The job's own. */
    readonly folder: string;
    /** Aborted when the job has to stop, so that it can be gone on with. */
    readonly signal: AbortSignal;
    /** How those jobs ended that end before it. */
    readonly before: readonly JobResult[];
  },
) => Promise<unknown>;

/** What a job is done with. */
export interface Workplace {
  readonly store: RunStore;
  readonly run: JobRunner;
  /** Hash of the plan. */
  readonly hash: string;
  /** Milliseconds between two times that the store is brought up to date with a job's folder. Default 10 s. */
  readonly keepEvery?: number;
}

/**
 * Does a job that is claimed, and gives the claim back.
 *
 * @returns Whether it has a result now, was stopped on request, or is another worker's, which thought this one dead.
 * @throws What the store throws; a runner's errors are results.
 */
export async function performJob(
  { store, run, hash, keepEvery = 10_000 }: Workplace,
  job: SweepJob,
  claim: Claim,
  stop: AbortSignal,
): Promise<'ended' | 'stopped' | 'lost'> {
  // One after the other; what fails now is tried again, at the end at the latest.
  let keeping: Promise<void> = Promise.resolve();
  const keep = () => {
    keeping = keeping.catch(() => {}).then(() => (claim.lost.aborted ? undefined : store.keep(job.name)));
    return keeping;
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    if ((await store.result(job.name)) !== undefined) return 'ended';
    const signal = AbortSignal.any([stop, claim.lost]);
    const results = await Promise.all((job.after ?? []).map((name) => store.result(name)));
    const before = results.filter((result) => result !== undefined);
    const folder = await store.folder(job.name);
    timer = setInterval(() => keep().catch(() => {}), keepEvery);
    const outcome: Pick<JobResult, 'status' | 'result' | 'error'> = await Promise.resolve()
      .then(() => run(job, { folder, signal, before }))
      .then(
        (result) => ({ status: 'done' as const, result }),
        (error) => ({
          status: 'failed' as const,
          error: error instanceof Error ? error.message : String(error),
        }),
      );
    clearInterval(timer);
    if (claim.lost.aborted) return 'lost';
    await keep();
    // After a request to stop, what it throws is no result.
    if (stop.aborted && outcome.status !== 'done') return 'stopped';
    await store.finish({ job, plan: hash, ...outcome });
    return 'ended';
  } finally {
    clearInterval(timer);
    await claim.release();
  }
}
