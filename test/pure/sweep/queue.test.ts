import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expandPlan,
  folderRunStore,
  type JobRunner,
  queueSweep,
  queueWorker,
  type RunStore,
  type SweepPlan,
} from '../../../src/sweep';
import { hasRedis, startRedis } from '../../support/redis-server';

const poll = 20;

describe.skipIf(!hasRedis)('a sweep by a queue', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let folder: string;
  beforeAll(async () => {
    redis = await startRedis();
    folder = await mkdtemp(join(tmpdir(), 'noisydarts-queue-'));
  });
  afterAll(async () => {
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const storeOf = ({ name }: SweepPlan) => folderRunStore(join(folder, name));
  const worker = (store: RunStore, run: JobRunner, jobs = 2) =>
    queueWorker({ queue: redis.url, store, run, jobs, poll });

  it("gives out a job once those it is made of have ended: the paper's protocol", async () => {
    const plan: SweepPlan = {
      name: 'paper',
      plan: 'paper',
      searches: 3,
      trial: { epochs: 1 },
      train: { epochs: 2 },
    };
    const store = storeOf(plan);
    await store.open(plan);
    const began: string[] = [];
    const run: JobRunner = async (job, { before }) => {
      began.push(job.name);
      await setTimeout(30);
      return before.map((result) => result.job.name);
    };
    const [results] = await Promise.all([
      queueSweep(plan, { queue: redis.url, store, poll }),
      worker(store, run),
      worker(store, run),
    ]);
    const jobs = expandPlan(plan);
    const last = jobs.filter(({ after = [] }) => after.length > 0);
    expect(last).toHaveLength(1);
    expect(began.sort()).toEqual(jobs.map(({ name }) => name).sort());
    for (const { status, job, result } of results!) {
      expect(status).toBe('done');
      expect(result).toEqual(job.after ?? []);
    }
  });

  it('stops its workers when it is stopped, and goes on', async () => {
    const plan: SweepPlan = { name: 'stopped', grid: { seed: [0, 1, 2] } };
    const store = storeOf(plan);
    await store.open(plan);
    const stopped: string[] = [];
    let begun: () => void;
    const begins = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let patient = true;
    const run: JobRunner = async (job, { signal }) => {
      if (!patient) return 'done';
      begun();
      await setTimeout(60_000, undefined, { signal }).catch(() => {
        stopped.push(job.name);
        throw new Error('stopped');
      });
      return 'not stopped';
    };
    const stop = new AbortController();
    const first = queueSweep(plan, { queue: redis.url, store, poll, signal: stop.signal });
    const working = worker(store, run, 1);
    await begins;
    stop.abort();
    expect(await first).toBeUndefined();
    while (stopped.length === 0) await setTimeout(poll);
    // What was asked to stop has no result, and nothing else is begun.
    await setTimeout(10 * poll);
    expect([stopped.length, [...(await store.finished())], [...(await store.running())]]).toEqual([
      1,
      [],
      [],
    ]);
    patient = false;
    const results = await queueSweep(plan, { queue: redis.url, store, poll });
    expect(results!.map(({ result }) => result)).toEqual(['done', 'done', 'done']);
    expect(await working).toBe(true);
  });

  it('is refused with a wrong password, and where nothing answers', async () => {
    const plan: SweepPlan = { name: 'refused', grid: { seed: [0] } };
    const sweep = (queue: string) => queueSweep(plan, { queue, store: storeOf(plan) });
    await expect(sweep(redis.url.replace('secret', 'wrong'))).rejects.toThrow(/got .*WRONGPASS/);
    await expect(sweep('redis://127.0.0.1:1')).rejects.toThrow('there is no Redis at redis://127.0.0.1:1');
    await expect(sweep('amqp://127.0.0.1')).rejects.toThrow(
      "the queue must be at 'redis://' or 'postgres://'",
    );
  });
});
