import type { Queue, Worker, WorkerOptions } from 'bullmq';
import { rangeError, requireText } from '../errors';
import { optional } from './optional';
import type { SweepJob } from './plan';
import { connectRedis } from './redis-objects';

/** What the queue knows of a job. */
export interface QueuedJob {
  readonly job: SweepJob;
}

/** A sweep's queue, and workers on it, wherever it is kept. */
export interface SweepQueue {
  readonly queue: Queue<QueuedJob>;
  worker(
    process: (job: { readonly data: QueuedJob } & Movable, token?: string) => Promise<void>,
    options: Omit<WorkerOptions, 'connection'>,
  ): Worker;
  /** Errors that make the queue put a job back or away, in place of a result. */
  readonly errors: Pick<typeof import('bullmq'), 'DelayedError' | 'UnrecoverableError' | 'WaitingError'>;
}

/** A job that a worker can give back. */
interface Movable {
  moveToDelayed(time: number, token?: string): Promise<void>;
  moveToWait(token?: string): Promise<number>;
}

/**
 * The queue of a sweep at `redis://HOST`, or at `postgres://HOST` (PostgreSQL 13 and later, by the package `pg`).
 *
 * @param sweep - Name of the sweep, by which workers find its queue.
 * @throws RangeError if a package is missing, or nothing answers at the address.
 */
export async function openQueue(fn: string, url: string, sweep: string): Promise<SweepQueue> {
  requireText(fn, 'the queue', url, "pass 'redis://HOST' or 'postgres://HOST/DATABASE'");
  const bullmq = await optional(fn, 'bullmq', import('bullmq'));
  const { DelayedError, UnrecoverableError, WaitingError } = bullmq;
  const errors = { DelayedError, UnrecoverableError, WaitingError };
  const name = `noisydarts-${sweep}`;
  // What goes wrong between calls is tried again by the clients.
  const quiet = <E extends { on(event: 'error', listener: () => void): unknown }>(emitter: E): E => {
    emitter.on('error', () => {});
    return emitter;
  };
  if (/^postgres(ql)?:/.test(url)) {
    const backend = bullmq.createPostgresBackend;
    const connection = { connectionString: url, migrate: true } as never;
    const queue = quiet(new bullmq.Queue(name, { connection }, backend));
    await queue.waitUntilReady().catch((error: Error) => {
      throw rangeError(
        fn,
        'the PostgreSQL of the queue cannot be used',
        error.message,
        'correct its address',
      );
    });
    return {
      queue: queue as unknown as Queue<QueuedJob>,
      worker: (process, options) =>
        quiet(new bullmq.Worker(name, process as never, { ...options, connection }, backend)) as never,
      errors,
    };
  }
  if (!/^rediss?:/.test(url))
    throw rangeError(fn, "the queue must be at 'redis://' or 'postgres://'", url, 'correct its address');
  (await connectRedis(fn, url)).disconnect();
  const connection = { url, maxRetriesPerRequest: null };
  return {
    queue: quiet(new bullmq.Queue<QueuedJob>(name, { connection })),
    worker: (process, options) =>
      quiet(new bullmq.Worker(name, process as never, { ...options, connection })) as never,
    errors,
  };
}
