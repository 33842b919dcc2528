/**
 * `npm run measure:sweep -- engines | cores`: what the engines of a sweep cost, for docs/scaling.md.
 *
 * - `engines [JOBS]`: JOBS (2,000) jobs that do nothing, on a folder and, with redis-server, from a queue: median time from one
 *   job to the next, and the resident memory of the controller after each quarter.
 * - `cores [SEARCHES]`: SEARCHES (8) searches on the digits one after the other, then two at a time, by `noisydarts sweep`;
 *   at most 1.1 times half of the time is the aim on two cores that do nothing else.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../src/costs/spread';
import {
  openRunStore,
  queueSweep,
  queueWorker,
  type RunSweepOptions,
  runSweep,
  type SweepPlan,
} from '../src/sweep';
import { hasRedis, startRedis } from '../test/support/redis-server';

const planOf = (name: string, count: number, search: SweepPlan['search'] = {}): SweepPlan => ({
  name,
  search,
  grid: { seed: Array.from({ length: count }, (_, i) => i) },
});
/** When the stubs were called. */
let calls: number[] = [];
const run = async () => calls.push(performance.now());

/** Runs a sweep of stubs and tells what it cost. */
async function stubs(
  name: string,
  count: number,
  sweep: (watch: RunSweepOptions['onProgress']) => Promise<unknown>,
) {
  calls = [];
  const memory: number[] = [];
  const began = performance.now();
  await sweep(({ finished }) => {
    while (memory.length < Math.floor((4 * finished) / count))
      memory.push(Math.round(process.memoryUsage().rss / 1e6));
  });
  const seconds = (performance.now() - began) / 1000;
  const gaps = calls.slice(1).map((call, i) => call - calls[i]!);
  console.log(
    JSON.stringify({
      engine: name,
      jobs: count,
      seconds,
      msPerJob: (1000 * seconds) / count,
      medianMs: median(gaps),
      memoryMb: memory,
    }),
  );
}

async function engines(count: number) {
  const folder = mkdtempSync(join(tmpdir(), 'noisydarts-measure-'));
  const store = await openRunStore(join(folder, 'sweep'));
  await stubs('folder', count, (onProgress) =>
    runSweep(planOf('stubs', count), { store, run, jobs: 2, ...(onProgress && { onProgress }) }),
  );
  rmSync(folder, { recursive: true, force: true });
  if (!hasRedis) return;
  const redis = await startRedis();
  const open = () => openRunStore(redis.url, { sweep: 'stubs' });
  const [mine, theirs] = [await open(), await open()];
  const plan = planOf('stubs', count);
  await mine.open(plan);
  await stubs('queue', count, (onProgress) =>
    Promise.all([
      queueSweep(plan, { queue: redis.url, store: mine, poll: 50, ...(onProgress && { onProgress }) }),
      queueWorker({ queue: redis.url, store: theirs, run, jobs: 2 }),
    ]),
  );
  await Promise.all([mine.close(), theirs.close()]);
  await redis.stop();
}

function cores(count: number) {
  const bin = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'noisydarts-measure-'));
  const plan = planOf('cores', count, {
    space: 's2',
    channels: 4,
    cells: 3,
    epochs: 40,
    batch: 32,
    limit: 512,
  });
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  const seconds = [1, 2].map((jobs) => {
    const began = performance.now();
    const args = [
      'sweep',
      join(folder, 'plan.json'),
      '--store',
      join(folder, String(jobs)),
      '--jobs',
      String(jobs),
    ];
    const { status, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return (performance.now() - began) / 1000;
  });
  console.log(JSON.stringify({ searches: count, seconds, timesHalf: (2 * seconds[1]!) / seconds[0]! }));
  rmSync(folder, { recursive: true, force: true });
}

const [what, count] = process.argv.slice(2);
if (what === 'engines') await engines(Number(count ?? 2000));
else if (what === 'cores') cores(Number(count ?? 8));
else throw new Error(`measure-sweep: there is no such measurement, got '${what}'; pass engines or cores`);
