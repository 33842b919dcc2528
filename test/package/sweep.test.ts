import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killsOnAFolder } from '../support/kill-folder';
import { killsOnAQueue } from '../support/kill-queue';
import { hasRedis } from '../support/redis-server';
import { packed } from './support/packed';
import { root, run } from './support/run';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'noisydarts-kills-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dist = () => join(packed().consumer, 'node_modules', 'noisydarts', 'dist');

// A small form of `npm run check:kills`.
describe('a sweep whose workers are killed', () => {
  it('ends every job once, with the numbers of the search alone: two shells on a folder', async () => {
    const report = await killsOnAFolder(dist(), folder, { searches: 4, kills: 3 });
    expect(report).toEqual({ kills: 3, ended: 4, same: 4, wrong: [] });
  });

  // The consumer's package has no queue; the one that it was packed from does.
  it.skipIf(!hasRedis)(
    'ends every job once: three workers on a queue, whose Redis is killed too',
    async () => {
      expect(packed().consumer).toBeTruthy();
      const report = await killsOnAQueue(join(root, 'dist'), folder, { searches: 4, kills: 3 });
      expect(report).toEqual({ kills: 3, ended: 4, same: 4, wrong: [] });
    },
  );
});

describe('the commands of a queue', () => {
  const noisydarts = (...args: string[]) =>
    run(process.execPath, [join(dist(), 'cli', 'bin.js'), ...args], folder);

  it.each(['worker', 'dashboard'])('explain themselves, and name the package that is missing: %s', (name) => {
    const help = noisydarts(name, '--help');
    expect([help.status, help.stdout]).toEqual([0, expect.stringContaining(`Usage: noisydarts ${name}`)]);
    const missing = noisydarts(name, '--queue', 'redis://127.0.0.1:1');
    expect([missing.status, missing.stdout]).toEqual([2, '']);
    expect(missing.output).toContain("a package is missing, got 'ioredis'; install it: npm install ioredis");
  });
});
