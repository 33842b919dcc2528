import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Runs a shell in which a file system may be mounted that nothing else sees. */
const MOUNTING = ['--user', '--map-root-user', '--mount', 'sh', '-c'];
const mounts = spawnSync('unshare', [...MOUNTING, 'mount -t tmpfs tmpfs /mnt']).status === 0;

it.skipIf(!mounts)('a sweep whose disk is full ends with 1, says so, and leaves nothing half-written', () => {
  const search = { channels: 2, cells: 2, epochs: 1, batch: 16, limit: 32, seed: 1 };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify({ name: 'full', search }));
  mkdirSync(join(folder, 'disk'));
  const sweep = `"${process.execPath}" "${join(dist(), 'cli', 'bin.js')}" sweep plan.json --store disk/store --jobs 1`;
  const { status, output } = run(
    'unshare',
    [
      ...MOUNTING,
      `mount -t tmpfs -o size=200k tmpfs disk && ${sweep}; ended=$?; cp -r disk left; exit $ended`,
    ],
    folder,
  );
  expect(status, output).toBe(1);
  expect(output).toContain('ENOSPC');
  expect(output).toContain('--retry-failed tries them again');
  const left = readdirSync(join(folder, 'left'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  expect(left.length).toBeGreaterThan(2);
  for (const file of left) expect(JSON.parse(readFileSync(file, 'utf8')), file).toBeTypeOf('object');
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
