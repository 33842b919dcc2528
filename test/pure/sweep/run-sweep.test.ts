import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CommandOptions,
  expandPlan,
  folderRunStore,
  type JobRunner,
  runSweep,
  type SweepPlan,
} from '../../../src/sweep';

const plan: SweepPlan = { name: 'stub', grid: { seed: Array.from({ length: 24 }, (_, i) => i) } };
const names = expandPlan(plan).map(({ name }) => name);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'noisydarts-sweep-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const store = (stale = 60_000) => folderRunStore(folder, { heartbeat: 10, stale });
const seedOf: JobRunner = async ({ search }) => ({ seed: search.seed });

describe('runSweep', () => {
  it('does every job once, with several workers on one folder, and nothing again', async () => {
    const ran: string[] = [];
    const run: JobRunner = async (job) => {
      ran.push(job.name);
      await setTimeout(2);
      return { seed: job.search.seed };
    };
    const worker = () => runSweep(plan, { store: store(), run, jobs: 2, poll: 5 });
    const all = await Promise.all([worker(), worker(), worker()]);
    expect(ran.sort()).toEqual([...names].sort());
    for (const results of all)
      expect(results!.map(({ result }) => result)).toEqual(plan.grid!.seed!.map((seed) => ({ seed })));
    expect(readdirSync(join(folder, 'claims'))).toEqual([]);
    await worker();
    expect(ran).toHaveLength(24);
    const grown = { ...plan, grid: { seed: [...plan.grid!.seed!, 24] } };
    await runSweep(grown, { store: store(), run });
    expect(ran).toHaveLength(25);
  });

  it('begins a job when those before it have ended, here or elsewhere, and tells how', async () => {
    const paper: SweepPlan = { name: 'stub', plan: 'paper', searches: 3, trial: {} };
    const told: unknown[] = [];
    const run: JobRunner = async ({ search, after }, { before }) => {
      if (after) told.push(before.map(({ status, result }) => [status, result]));
      else await setTimeout(5);
      if (search.seed === 2) throw new Error('two');
      return search.seed ?? 'best';
    };
    const worker = (shard: readonly [number, number]) =>
      runSweep(paper, { store: store(), run, jobs: 2, poll: 5, shard });
    const [, last] = await Promise.all([worker([0, 2]), worker([1, 2])]);
    expect(told).toEqual([
      [
        ['done', 1],
        ['failed', undefined],
        ['done', 3],
      ],
    ]);
    expect(last!.at(-1)).toMatchObject({ status: 'done', result: 'best', job: { after: expect.any(Array) } });
  });

  it('takes over the job of another host that has been silent, and leaves that of one that lives', async () => {
    await store().open(plan);
    const silent = { host: 'elsewhere', pid: 1, token: 'a' };
    writeFileSync(join(folder, 'claims', `${names[0]}.3`), JSON.stringify(silent));
    writeFileSync(join(folder, 'claims', `${names[1]}.1`), JSON.stringify({ ...silent, token: 'b' }));
    const alive = setInterval(() => {
      const now = new Date();
      utimesSync(join(folder, 'claims', `${names[1]}.1`), now, now);
    }, 10);
    const controller = new AbortController();
    const sweep = runSweep(plan, { store: store(300), run: seedOf, poll: 5, signal: controller.signal });
    const result = (name: string) => join(folder, 'results', `${name}.json`);
    while (!existsSync(result(names[0]!))) await setTimeout(5);
    expect(existsSync(result(names[1]!))).toBe(false);
    clearInterval(alive);
    expect(await sweep).toHaveLength(24);
  });

  it('tells a worker whose job was taken over, and keeps the result of the other', async () => {
    const one: SweepPlan = { name: 'stub', grid: { seed: [1] } };
    const [job] = expandPlan(one);
    let lost = false;
    const slow: JobRunner = (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          lost = true;
          reject(new Error('stopped'));
        });
        writeFileSync(
          join(folder, 'claims', `${job!.name}.2`),
          JSON.stringify({ host: 'elsewhere', pid: 1, token: 'a' }),
        );
        void store().finish({ job: job!, plan: 'x', status: 'done', result: 'of the other' });
      });
    const results = await runSweep(one, { store: store(), run: slow, poll: 5 });
    expect(lost).toBe(true);
    expect(results!.map(({ result }) => result)).toEqual(['of the other']);
  });

  it('keeps why a job failed, and tries it again on demand', async () => {
    let broken = true;
    const run: JobRunner = async ({ search }) => {
      if (broken && search.seed === 3) throw new Error('no luck');
      return 1;
    };
    const first = await runSweep(plan, { store: store(), run });
    expect(first!.filter(({ status }) => status === 'failed').map(({ error }) => error)).toEqual(['no luck']);
    broken = false;
    const options = { store: store(), run };
    expect((await runSweep(plan, options))!.some(({ status }) => status === 'failed')).toBe(true);
    const again = await runSweep(plan, { ...options, retryFailed: true });
    expect(again!.every(({ status }) => status === 'done')).toBe(true);
  });

  it('stops, gives its jobs back and goes on', async () => {
    const controller = new AbortController();
    const run: JobRunner = async ({ search }, { signal }) => {
      if (search.seed === 5) controller.abort();
      signal.throwIfAborted();
      return search.seed;
    };
    expect(await runSweep(plan, { store: store(), run, signal: controller.signal })).toBeUndefined();
    expect(readdirSync(join(folder, 'claims'))).toEqual([]);
    expect(await runSweep(plan, { store: store(), run: seedOf })).toHaveLength(24);
  });

  it('begins a job only where its memory fits beside the others, and one that is too large alone', async () => {
    let together = 0;
    let most = 0;
    const run: JobRunner = async ({ search }) => {
      const bytes = search.seed === 3 ? 100 : 4;
      together += bytes;
      most = Math.max(most, together);
      expect(together <= 10 || together === 100).toBe(true);
      await setTimeout(1);
      together -= bytes;
      return 1;
    };
    const memory = {
      total: 10,
      of: ({ search }: { search: CommandOptions }) => (search.seed === 3 ? 100 : 4),
    };
    expect(await runSweep(plan, { store: store(), run, jobs: 5, memory })).toHaveLength(24);
    expect(most).toBe(100);
    const wrong = runSweep(plan, { store: store(), run, memory: { total: 0 } as never });
    await expect(wrong).rejects.toThrow('runSweep: total must be');
  });

  it('does its part only', async () => {
    const results = await runSweep(plan, { store: store(), run: seedOf, shard: [1, 5] });
    expect(results!.map(({ job }) => job.search.seed)).toEqual([1, 6, 11, 16, 21]);
  });

  it('refuses a folder of another sweep or version, and wrong options', async () => {
    await runSweep(plan, { store: store(), run: seedOf, shard: [0, 24] });
    const other = runSweep({ ...plan, name: 'other' }, { store: store(), run: seedOf });
    await expect(other).rejects.toThrow(`folderRunStore: '${folder}' holds another sweep, got 'stub'`);
    const file = join(folder, 'sweep.json');
    writeFileSync(file, (await readFile(file, 'utf8')).replace(/"library": ".*?"/, '"library": "0.0.1"'));
    const older = runSweep(plan, { store: store(), run: seedOf });
    await expect(older).rejects.toThrow('holds a sweep of another version of noisydarts than');
    writeFileSync(file, '{"plan"');
    await expect(runSweep(plan, { store: store(), run: seedOf })).rejects.toThrow('is damaged');
    const shard = [2, 2] as const;
    await expect(runSweep(plan, { store: store(), run: seedOf, shard })).rejects.toThrow(
      'runSweep: shard must be',
    );
    await expect(runSweep(plan, {} as never)).rejects.toThrow('runSweep: store must be an object');
    await expect(runSweep(plan, { store: store() } as never)).rejects.toThrow(
      'runSweep: run must be a function',
    );
    expect(() => folderRunStore(3 as never)).toThrow('folderRunStore: the path must be a text');
  });
});
