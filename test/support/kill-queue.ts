import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { expandPlan, openRunStore } from '../../src/sweep';
import type { KillReport } from './kill-folder';
import { numbersOf, searchAlone, smallSearches, sweepWithKills } from './kills';
import { startRedis } from './redis-server';

/**
 * Three workers do a sweep from BullMQ with its runs in the same Redis, while one of them is killed again and again, and Redis
 * itself once in the middle.
 *
 * @param dist - Where the built package is, with BullMQ beside it.
 * @param at - Folder for all of it.
 */
export async function killsOnAQueue(
  dist: string,
  at: string,
  { searches, kills: wanted }: { readonly searches: number; readonly kills: number },
): Promise<KillReport> {
  const plan = smallSearches(searches);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'plan.json'), JSON.stringify(plan));
  const alone = searchAlone(join(dist, 'cli', 'index.js'), plan, join(at, 'alone'));
  const redis = await startRedis();
  const look = new Redis(redis.url, { maxRetriesPerRequest: null });
  look.on('error', () => {});
  const command = [join(dist, 'cli', 'bin.js')];
  const place = ['--queue', redis.url, '--stale', '3'];
  const controller = spawn(process.execPath, [...command, 'sweep', join(at, 'plan.json'), ...place], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [controller.stdout, controller.stderr]) stream.on('data', (chunk) => (said += chunk));
  const closed = new Promise<number | null>((resolve) => controller.on('close', resolve));
  const key = (folder: string) => `noisydarts:${plan.name}:${folder}`;
  try {
    while ((await look.exists(key('sweep'))) === 0) {
      if (controller.exitCode !== null) throw new Error(`the sweep ended: ${said}`);
    }
    const worker = ['worker', ...place, '--jobs', '1'];
    const { kills } = await sweepWithKills({
      command,
      workers: [worker, worker, worker],
      kills: wanted,
      progress: async () => `${(await look.hkeys(key('jobs'))).sort()}`,
      ended: async () => (await look.hlen(key('results'))) === searches,
      onKill: (kill) => (kill === Math.floor(wanted / 2) ? redis.restart() : undefined),
    });
    const status = await closed;
    const wrong: string[] = [];
    if (kills !== wanted) wrong.push(`there were ${kills} kills of ${wanted}`);
    if (status !== 0 || !said.includes(`${searches} of ${searches}`))
      wrong.push(`the sweep ended with ${status}: ${said}`);
    let same = 0;
    let ended = 0;
    const store = await openRunStore(redis.url, { sweep: plan.name });
    for (const { name } of expandPlan(plan)) {
      const result = await store.result(name);
      if (result?.status === 'done') ended++;
      else wrong.push(`${name}: ${result?.error ?? 'has no result'}`);
      const found = join(await store.folder(name), 'search');
      if (isDeepStrictEqual(numbersOf(found), numbersOf(alone.get(name)!))) same++;
      else wrong.push(`${name}: its numbers are not those of the search alone`);
    }
    await store.close();
    return { kills, ended, same, wrong };
  } finally {
    controller.kill('SIGKILL');
    look.disconnect();
    await redis.stop();
  }
}
