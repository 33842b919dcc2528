import { setTimeout } from 'node:timers/promises';
import { checkOptions, type OptionKeys, rangeError, requireObject } from '../errors';
import { type JobRunner, performJob } from './perform-job';
import { expandPlan, planHash, type SweepPlan } from './plan';
import { openQueue } from './queue';
import type { RunStore } from './run-store';
import type { SweepMemory } from './run-sweep';

/** Options of {@link queueWorker}. */
export interface QueueWorkerOptions {
  /** `redis://HOST` or `postgres://HOST/DATABASE`. */
  readonly queue: string;
  /** Where runs and results are; it holds the plan already. */
  readonly store: RunStore;
  /** What a job is; it returns plain JSON. Its work must leave this process free, or the queue thinks it dead. */
  readonly run: JobRunner;
  /** Jobs at a time. Default 1. */
  readonly jobs?: number;
  /** Fewer at a time where the memory is not enough for as many of the largest. Default: it is. */
  readonly memory?: SweepMemory;
  /** Stops all jobs; they go back to the queue. */
  readonly signal?: AbortSignal;
  /** Milliseconds without a sign of life after which the queue gives a worker's jobs to others. Default 90 s. */
  readonly stale?: number;
  /** Milliseconds between two looks at whether the sweep is over or stopped. Default 1000. */
  readonly poll?: number;
  /** Milliseconds between two times that the store is brought up to date with a job's folder. Default 10 s. */
  readonly keepEvery?: number;
}

const KEYS = {
  queue: 'text',
  store: 'object',
  run: 'function',
  jobs: 'count',
  memory: 'object',
  signal: 'object',
  stale: 'positive',
  poll: 'positive',
  keepEvery: 'positive',
} satisfies OptionKeys<QueueWorkerOptions>;

async function concurrency(plan: SweepPlan, jobs: number, memory?: SweepMemory): Promise<number> {
  if (!memory) return jobs;
  const needs = await Promise.all(expandPlan(plan).map(async (job) => memory.of(job)));
  return Math.max(1, Math.min(jobs, Math.floor(memory.total / Math.max(...needs))));
}

/**
 * Does jobs of a sweep's queue until all of the sweep's have ended.
 *
 * A job of a worker that died goes back to the queue; who gets it goes on with the files that the store has of it. Of two
 * workers with the same job the second puts it back.
 *
 * @returns Whether all jobs have ended; false if the signal stopped it.
 * @throws TypeError or RangeError if options, queue or store are wrong, or the store holds no sweep, or one of another version.
 */
export async function queueWorker(options: QueueWorkerOptions): Promise<boolean> {
  checkOptions('queueWorker', options, KEYS);
  const {
    queue: url,
    store,
    run,
    jobs = 1,
    memory,
    signal,
    stale = 90_000,
    poll = 1000,
    keepEvery,
  } = options;
  requireObject('queueWorker', 'store', store, 'pass what openRunStore() returns', 'plan', 'claim');
  if (typeof run !== 'function')
    throw rangeError('queueWorker', 'run must be a function', run, 'pass a runner');
  const plan = await store.plan();
  if (!plan)
    throw rangeError('queueWorker', `'${store.location}' holds no sweep yet`, plan, 'start the sweep first');
  await store.open(plan);
  const { queue, worker, errors } = await openQueue('queueWorker', url, plan.name);

  /** Aborted when the sweep is paused; a new one when it goes on. */
  let paused = new AbortController();
  const over = new AbortController();
  const workplace = { store, run, hash: planHash(plan), ...(keepEvery !== undefined && { keepEvery }) };
  const its = worker(
    async (queued, token) => {
      const { job } = queued.data;
      const claim = await store.claim(job.name);
      if (!claim) {
        await queued.moveToDelayed(Date.now() + poll, token);
        throw new errors.DelayedError();
      }
      const stop = AbortSignal.any([paused.signal, over.signal]);
      if ((await performJob(workplace, job, claim, stop)) !== 'ended') {
        await queued.moveToWait(token);
        throw new errors.WaitingError();
      }
      const result = await store.result(job.name);
      // So that whoever looks at the queue sees it and why.
      if (result?.status === 'failed') throw new errors.UnrecoverableError(result.error);
    },
    {
      concurrency: await concurrency(plan, jobs, memory),
      lockDuration: stale,
      stalledInterval: stale / 2,
      // How often its worker may die says nothing of a job.
      maxStalledCount: 1_000_000,
    },
  );
  try {
    while (!signal?.aborted) {
      const finished = await store.finished();
      if (expandPlan((await store.plan()) ?? plan).every(({ name }) => finished.has(name))) return true;
      const isPaused = await queue.isPaused();
      if (isPaused && !paused.signal.aborted) paused.abort();
      if (!isPaused && paused.signal.aborted) paused = new AbortController();
      await setTimeout(poll, undefined, signal && { signal }).catch(() => {});
    }
    return false;
  } finally {
    // Takes no new ones, lets those under way stop and go back, and waits for that.
    await its.pause(true);
    over.abort();
    await its.close();
    await queue.close();
  }
}
