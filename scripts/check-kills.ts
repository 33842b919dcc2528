/**
 * `npm run check:kills`: sweeps of many small searches on the digits, of which workers are killed again and again; every job
 * must end once, with the numbers of the same search alone. Two shells on a folder, then three workers on BullMQ, with Redis
 * restarted in the middle. Takes minutes; the tests do the same with fewer.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killsOnAFolder } from '../test/support/kill-folder';
import { killsOnAQueue } from '../test/support/kill-queue';
import { hasRedis } from '../test/support/redis-server';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const [searches = 24, kills = 20] = process.argv.slice(2).map(Number);
const checks = { folder: killsOnAFolder, ...(hasRedis && { queue: killsOnAQueue }) };
for (const [name, check] of Object.entries(checks)) {
  const folder = mkdtempSync(join(tmpdir(), 'noisydarts-kills-'));
  try {
    const began = performance.now();
    const { wrong, ...report } = await check(dist, folder, { searches, kills });
    const seconds = Math.round((performance.now() - began) / 1000);
    console.log(JSON.stringify({ [name]: { ...report, seconds } }));
    for (const line of wrong) console.error(line);
    if (wrong.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
