import { setTimeout } from 'node:timers/promises';
import { checkOptions, type OptionKeys, requireObject } from '../errors';
import { expandPlan, type SweepPlan } from './plan';
import { openQueue } from './queue';
import { forgetFailed, type JobResult } from './run-store';
import type { RunSweepOptions } from './run-sweep';

/** Options of {@link queueSweep}. */
export interface QueueSweepOptions
  extends Pick<RunSweepOptions, 'store' | 'retryFailed' | 'signal' | 'poll' | 'onProgress'> {
  /** `redis://HOST` or `postgres://HOST/DATABASE`. */
  readonly queue: string;
}

const KEYS = {
  queue: 'text',
  store: 'object',
  retryFailed: 'flag',
  signal: 'object',
  poll: 'positive',
  onProgress: 'function',
} satisfies OptionKeys<QueueSweepOptions>;

/** Every how many looks at the results the queue is asked whether it still has all jobs. */
const REFILL = 20;

/** Store errors of a worker are tried again this often, a second apart. */
const ATTEMPTS = { attempts: 1000, backoff: { type: 'fixed', delay: 1000 } } as const;

/**
 * Gives the jobs of a plan that have not ended to a queue, and waits for the workers on it (see {@link queueWorker}).
 *
 * What counts is the store: a queue that has lost its jobs gets them again, and one that has a job twice changes nothing. A
 * sweep that this process leaves goes on; a stop by the signal is told to all workers.
 *
 * @returns How the jobs ended; undefined if it was stopped before all had.
 * @throws TypeError or RangeError if plan, options, queue or store are wrong; what the store throws.
 */
export async function queueSweep(
  plan: SweepPlan,
  options: QueueSweepOptions,
): Promise<readonly JobResult[] | undefined> {
  const jobs = expandPlan(plan);
  checkOptions('queueSweep', options, KEYS);
  const { queue: url, store, retryFailed = false, signal, poll = 1000, onProgress } = options;
  requireObject('queueSweep', 'store', store, 'pass what openRunStore() returns', 'open', 'finished');
  const { queue } = await openQueue('queueSweep', url, plan.name);
  try {
    await store.open(plan);
    if (retryFailed) await forgetFailed(store, jobs);
    await queue.resume();
    const given = new Set<string>();
    for (let look = 0; !signal?.aborted; look++) {
      const finished = await store.finished();
      const missing = jobs.filter(({ name }) => !finished.has(name));
      onProgress?.({ finished: jobs.length - missing.length, jobs: jobs.length });
      if (missing.length === 0) return Promise.all(jobs.map(async ({ name }) => (await store.result(name))!));
      const ready = missing.filter(({ after = [] }) => after.every((name) => finished.has(name)));
      if (look % REFILL === 0 || ready.some(({ name }) => !given.has(name))) {
        // What the queue counts as over has been forgotten by the store, or never got there.
        for (const over of await queue.getJobs(['completed', 'failed']))
          if (over && missing.some(({ name }) => name === over.id)) await over.remove();
        // Of a job that it has, the queue takes no second one.
        await queue.addBulk(
          ready.map((job) => ({ name: 'search', data: { job }, opts: { ...ATTEMPTS, jobId: job.name } })),
        );
        for (const { name } of ready) given.add(name);
      }
      await setTimeout(poll, undefined, signal && { signal }).catch(() => {});
    }
    await queue.pause();
    return undefined;
  } finally {
    await queue.close();
  }
}
