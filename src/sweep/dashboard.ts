import type { RequestListener } from 'node:http';
import { rangeError } from '../errors';
import { optional } from './optional';
import { openQueue } from './queue';
import { connectRedis, sweepsIn } from './redis-objects';

/** Pages that show queues. */
export interface SweepDashboard {
  readonly handler: RequestListener;
  /** Names of the sweeps that it shows. */
  readonly sweeps: readonly string[];
  /** Ends its connections. */
  close(): Promise<void>;
}

/**
 * bull-board on the queues of all sweeps of a Redis (optional peers `@bull-board/api` and `@bull-board/express`).
 *
 * @throws RangeError if a package is missing, nothing answers at the address, or there is no sweep.
 */
export async function sweepDashboard(url: string): Promise<SweepDashboard> {
  const fn = 'sweepDashboard';
  const redis = await connectRedis(fn, url);
  const sweeps = await sweepsIn(redis).finally(() => redis.disconnect());
  if (sweeps.length === 0)
    throw rangeError(
      fn,
      'the Redis must hold a sweep',
      sweeps,
      'start one with noisydarts sweep PLAN --queue URL',
    );
  const { createBullBoard } = await optional(fn, '@bull-board/api', import('@bull-board/api'));
  const { BullMQAdapter } = await optional(fn, '@bull-board/api', import('@bull-board/api/bullMQAdapter'));
  const { ExpressAdapter } = await optional(fn, '@bull-board/express', import('@bull-board/express'));
  const queues = await Promise.all(sweeps.map((sweep) => openQueue(fn, url, sweep)));
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath('');
  createBullBoard({ queues: queues.map(({ queue }) => new BullMQAdapter(queue)), serverAdapter });
  return {
    handler: serverAdapter.getRouter(),
    sweeps,
    async close() {
      await Promise.all(queues.map(({ queue }) => queue.close()));
    },
  };
}
