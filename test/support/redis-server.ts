import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** Whether there is one to start; without it its tests are skipped. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) console.warn('redis: SKIPPED, no server (on Debian: apt-get install redis-server)');

/** A port that is free now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** A server of its own, with a password, that keeps every write. */
export async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'noisydarts-redis-'));
  const port = await freePort();
  const url = `redis://:secret@127.0.0.1:${port}`;
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    requirepass: 'secret',
    appendonly: 'yes',
    save: '',
  };
  const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
  let server: ChildProcess | undefined;
  const start = async () => {
    server = spawn('redis-server', args, { stdio: 'ignore' });
    const probe = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    probe.on('error', () => {});
    while ((await probe.ping().catch(() => '')) !== 'PONG') await setTimeout(50);
    probe.disconnect();
  };
  const stop = (signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      server!.on('close', () => resolve());
      server!.kill(signal);
    });
  await start();
  return {
    url,
    /** Kills it and starts it again. */
    async restart() {
      await stop('SIGKILL');
      await start();
    },
    async stop() {
      await stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
