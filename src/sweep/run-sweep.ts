import { setTimeout } from 'node:timers/promises';
import { checkOptions, type OptionKeys, rangeError, requireKinds, requireObject } from '../errors';
import { MemoryGate } from './memory-gate';
import { type JobRunner, performJob } from './perform-job';
import { expandPlan, planHash, type SweepJob, type SweepPlan } from './plan';
import { forgetFailed, type JobResult, type RunStore } from './run-store';

/** How much memory jobs may take together. */
export interface SweepMemory {
  /** Bytes for all jobs that run at a time. One that needs more by itself runs alone. */
  readonly total: number;
  /** Bytes that a job needs. */
  readonly of: (job: SweepJob) => number | Promise<number>;
}

/** Options of {@link runSweep}. */
export interface RunSweepOptions {
  /** Where runs and results are, and who works on what. */
  readonly store: RunStore;
  /** What a job is; it returns plain JSON. */
  readonly run: JobRunner;
  /** Jobs at a time. Default 1. */
  readonly jobs?: number;
  /** Fewer at a time where the memory is not enough for as many. Default: it is. */
  readonly memory?: SweepMemory;
  /** The part [i, n] of the plan that is done here: every n-th job, from the i-th on, counted from 0. Default all. */
  readonly shard?: readonly [index: number, of: number];
  /** Try jobs again that have failed. Default false. */
  readonly retryFailed?: boolean;
  /** Stops all jobs. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two looks at jobs that others work on. Default 1000. */
  readonly poll?: number;
  /** Milliseconds between two times that a store elsewhere is brought up to date with a job's folder. Default 10 s. */
  readonly keepEvery?: number;
  /** Told how many jobs there are, and how many of them have ended. */
  readonly onProgress?: (progress: { readonly finished: number; readonly jobs: number }) => void;
}

const KEYS = {
  store: 'object',
  run: 'function',
  jobs: 'count',
  memory: 'object',
  shard: 'list',
  retryFailed: 'flag',
  signal: 'object',
  poll: 'positive',
  keepEvery: 'positive',
  onProgress: 'function',
} satisfies OptionKeys<RunSweepOptions>;

function partOf(jobs: readonly SweepJob[], shard: RunSweepOptions['shard'] = [0, 1]): readonly SweepJob[] {
  const [index, of] = shard;
  if (!(shard.length === 2 && Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of))
    throw rangeError(
      'runSweep',
      'shard must be [i, n] with i from 0 to below n',
      shard,
      'count parts from 0',
    );
  return jobs.filter((_, i) => i % of === index);
}

/**
 * Does the jobs of a plan that have not ended yet, together with any number of other processes that do the same on the same
 * store: a job is one worker's, and that of a worker that died goes to another one, which goes on with its checkpoint.
 *
 * @returns How its jobs ended; undefined if it was stopped before all had.
 * @throws TypeError or RangeError if plan, options or store are wrong; what the store throws. A runner's errors are results.
 */
export async function runSweep(
  plan: SweepPlan,
  options: RunSweepOptions,
): Promise<readonly JobResult[] | undefined> {
  const all = expandPlan(plan);
  checkOptions('runSweep', options, KEYS);
  const {
    store,
    run,
    jobs = 1,
    memory,
    shard,
    retryFailed = false,
    signal,
    poll = 1000,
    keepEvery,
    onProgress,
  } = options;
  requireObject('runSweep', 'store', store, 'pass what folderRunStore() returns', 'open', 'claim', 'finish');
  if (typeof run !== 'function') throw rangeError('runSweep', 'run must be a function', run, 'pass a runner');
  if (memory) requireKinds('runSweep', memory, { total: 'positive', of: 'function' }, true);
  const part = partOf(all, shard);
  await store.open(plan);
  const hash = planHash(plan);
  if (retryFailed) await forgetFailed(store, part);
  const before = await store.finished();
  const waiting = part.filter(({ name }) => !before.has(name));
  /** All that have ended, others' jobs included, as far as this process has asked. */
  let known: ReadonlySet<string> = before;
  const isReady = ({ after = [] }: SweepJob) => after.every((name) => known.has(name) || ended.has(name));
  const ended = new Set(part.map(({ name }) => name).filter((name) => before.has(name)));
  const show = () => onProgress?.({ finished: ended.size, jobs: part.length });
  show();

  // Ends all slots at once: a store that fails would fail them all.
  const broken = new AbortController();
  const stop = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
  const gate = new MemoryGate(memory?.total ?? 0, stop);
  const workplace = { store, run, hash, ...(keepEvery !== undefined && { keepEvery }) };
  /** Jobs that others worked on when this process asked, and those that wait for jobs. */
  let others: SweepJob[] = [];

  const perform = async (job: SweepJob): Promise<void> => {
    const claim = await store.claim(job.name);
    if (!claim) {
      others.push(job);
      return;
    }
    const outcome = await performJob(workplace, job, claim, stop);
    // Another worker has it.
    if (outcome === 'lost') others.push(job);
    if (outcome === 'ended') ended.add(job.name);
    show();
  };

  const work = async () => {
    try {
      while (!stop.aborted) {
        const job = waiting.shift();
        if (job && !isReady(job)) {
          others.push(job);
          continue;
        }
        if (job) {
          const leave = await gate.enter((await memory?.of(job)) ?? 0);
          try {
            if (!stop.aborted) await perform(job);
          } finally {
            leave();
          }
          continue;
        }
        if (ended.size === part.length) return;
        await setTimeout(poll, undefined, { signal: stop }).catch(() => {});
        const finished = await store.finished();
        known = finished;
        for (const { name } of others) if (finished.has(name)) ended.add(name);
        waiting.push(...others.filter(({ name }) => !finished.has(name)));
        others = [];
        show();
      }
    } catch (error) {
      broken.abort(error);
      throw error;
    }
  };
  const slots = await Promise.allSettled(Array.from({ length: Math.min(jobs, part.length) }, work));
  const failed = slots.find((slot) => slot.status === 'rejected');
  if (failed) throw failed.reason;
  if (ended.size < part.length) return undefined;
  return Promise.all(part.map(async ({ name }) => (await store.result(name))!));
}
