import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  expandPlan,
  type JobRunner,
  openRunStore,
  queueWorker,
  runSweep,
  type SweepPlan,
  sweepDashboard,
} from '../../../src/sweep';
import { freePort, hasRedis, startRedis } from '../../support/redis-server';
import { startS3 } from '../../support/s3-server';

const times = { heartbeat: 20, stale: 200 };
const planOf = (name: string, seeds: number): SweepPlan => ({
  name,
  grid: { seed: Array.from({ length: seeds }, (_, i) => i) },
});

let s3: Awaited<ReturnType<typeof startS3>>;
let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  s3 = await startS3();
  vi.stubEnv('AWS_ENDPOINT_URL', s3.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  if (hasRedis) redis = await startRedis();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.stop();
  await redis?.stop();
});

const stores: readonly [string, (sweep: string) => string][] = [
  ['S3', (sweep) => `s3://bucket/${sweep}`],
  ...(hasRedis ? [['Redis', () => redis.url] as [string, () => string]] : []),
];

describe.each(stores)('a run store in %s', (_, locationOf) => {
  const open = (sweep: string) => openRunStore(locationOf(sweep), { sweep, times });

  it('gives every job to one of several workers, and refuses another sweep and version', async () => {
    const plan = planOf('shared', 8);
    const ran: string[] = [];
    const run: JobRunner = async (job) => {
      ran.push(job.name);
      await setTimeout(5);
      return { seed: job.search.seed };
    };
    const worker = async () => {
      const store = await open('shared');
      const results = await runSweep(plan, { store, run, jobs: 2, poll: 10 });
      const running = [...(await store.running())];
      await store.close();
      return { results, running };
    };
    for (const { results, running } of await Promise.all([worker(), worker(), worker()])) {
      expect(results!.map(({ result }) => result)).toEqual(plan.grid!.seed!.map((seed) => ({ seed })));
      expect(running).toEqual([]);
    }
    expect(ran.sort()).toEqual(
      expandPlan(plan)
        .map(({ name }) => name)
        .sort(),
    );
    const store = await open('shared');
    expect(await store.plan()).toEqual(plan);
    await expect(store.open(planOf('other', 1))).rejects.toThrow("holds another sweep, got 'shared'");
    await store.close();
  });

  it('hands a stopped job on with its files, of which all are there or none', async () => {
    const plan = planOf('handed', 1);
    const controller = new AbortController();
    const first = await open('handed');
    const begin: JobRunner = async (_, { folder }) => {
      await writeFile(join(folder, 'checkpoint'), 'half');
      await writeFile(join(folder, '.own'), 'x');
      controller.abort();
      throw new Error('stopped');
    };
    expect(await runSweep(plan, { store: first, run: begin, signal: controller.signal })).toBeUndefined();
    await first.close();
    const second = await open('handed');
    const end: JobRunner = async (_, { folder }) =>
      `${await readFile(join(folder, 'checkpoint'), 'utf8')} ${existsSync(join(folder, '.own'))}`;
    expect((await runSweep(plan, { store: second, run: end }))![0]!.result).toBe('half false');
    await second.close();
  });

  it('lets a silent worker lose its job, and tells it', async () => {
    const plan = planOf('silent', 1);
    const [job] = expandPlan(plan);
    const [dead, living] = [await open('silent'), await open('silent')];
    await dead.open(plan);
    const claim = await dead.claim(job!.name);
    expect(claim).toBeDefined();
    expect(await living.claim(job!.name)).toBeUndefined();
    expect([...(await living.running())]).toEqual([job!.name]);
    // It lives as long as it gives signs of life.
    await setTimeout(300);
    expect(await living.claim(job!.name)).toBeUndefined();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const silent = await (async () => {
      await claim!.release();
      return dead.claim(job!.name);
    })();
    vi.useRealTimers();
    let taken = await living.claim(job!.name);
    while (!taken) {
      await setTimeout(20);
      taken = await living.claim(job!.name);
    }
    await silent!.release();
    expect(silent!.lost.aborted).toBe(true);
    expect(taken.lost.aborted).toBe(false);
    await taken.release();
    await Promise.all([dead.close(), living.close()]);
  });
});

describe('a store that cannot be used', () => {
  it('is of another version, or of no sweep for a worker', async () => {
    const plan = planOf('older', 1);
    const store = await openRunStore('s3://bucket/older', { times });
    const worker = () => queueWorker({ queue: 'redis://nowhere', store, run: async () => 1 });
    await expect(worker()).rejects.toThrow("queueWorker: 's3://bucket/older' holds no sweep yet");
    await store.open(plan);
    const head = s3.objects.get('older/sweep/sweep.json')!.toString();
    s3.objects.set(
      'older/sweep/sweep.json',
      Buffer.from(head.replace(/"library": ".*?"/, '"library": "0.0.1"')),
    );
    await expect(worker()).rejects.toThrow('holds a sweep of another version of noisydarts than');
    await store.close();
  });

  it('says why', async () => {
    await expect(openRunStore('s3://nowhere/x')).rejects.toThrow(
      "openRunStore: 's3://nowhere/x' cannot be read",
    );
    if (!hasRedis) return;
    await expect(openRunStore(redis.url.replace('secret', 'wrong'))).rejects.toThrow(
      /takes this address and password, got .*WRONGPASS/,
    );
    const nobody = `redis://127.0.0.1:${await freePort()}`;
    await expect(openRunStore(nobody)).rejects.toThrow(`openRunStore: there is no Redis at ${nobody}`);
    await expect(openRunStore(redis.url)).rejects.toThrow('the Redis must hold one sweep');
  });

  it('leaves what was there when it is full', async () => {
    const plan = planOf('full', 1);
    const store = await openRunStore('s3://bucket/full', { times });
    await store.open(plan);
    const [job] = expandPlan(plan);
    const folder = await store.folder(job!.name);
    await writeFile(join(folder, 'a'), 'old');
    await writeFile(join(folder, 'b'), 'old too');
    await store.keep(job!.name);
    await writeFile(join(folder, 'a'), 'newer');
    s3.hooks.beforePut = (key) => {
      if (key.endsWith('files.json')) throw new Error('full');
    };
    await expect(store.keep(job!.name)).rejects.toThrow('InsufficientStorage');
    const other = await openRunStore('s3://bucket/full', { times });
    const there = await other.folder(job!.name);
    expect(await readFile(join(there, 'a'), 'utf8')).toBe('old');
    await expect(runSweep(plan, { store: other, run: async () => 1 })).rejects.toThrow('InsufficientStorage');
    expect(await other.finished()).toEqual(new Set());
    s3.hooks.beforePut = () => {};
    await Promise.all([store.close(), other.close()]);
  });
});

describe.skipIf(!hasRedis)('sweepDashboard', () => {
  it('shows the queues of the sweeps of a Redis', async () => {
    const dashboard = await sweepDashboard(redis.url);
    expect(dashboard.sweeps).toContain('shared');
    const server = createServer(dashboard.handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    expect(await (await fetch(at)).text()).toContain('Bull Dashboard');
    const { queues } = (await (await fetch(`${at}/api/queues`)).json()) as { queues: { name: string }[] };
    expect(queues.map(({ name }) => name)).toContain('noisydarts-shared');
    server.close();
    server.closeAllConnections();
    await dashboard.close();
  });
});
