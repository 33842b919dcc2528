import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../../src/node';
import { thisHost } from '../../../src/node/this-host';
import { stream } from '../../../src/random';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'noisydarts-atomic-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** This host in the names of temporary files. */
const host = createHash('sha256').update(thisHost).digest('hex').slice(0, 12);

/** The number of a process that has ended. */
function deadProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('writeFileAtomic', () => {
  it('creates and replaces a file, and leaves nothing else behind', async () => {
    const path = join(directory, 'a.bin');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect(Array.from(await readFile(path))).toEqual([1, 2, 3]);
    await writeFileAtomic(path, 'text: ä');
    expect(await readFile(path, 'utf8')).toBe('text: ä');
    await writeFileAtomic(path, new Uint8Array(0));
    expect(await readFile(path)).toHaveLength(0);
    expect(await readdir(directory)).toEqual(['a.bin']);
  });

  it('writes only the bytes a view shows', async () => {
    const path = join(directory, 'a.bin');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 3));
    expect(Array.from(await readFile(path))).toEqual([2, 3]);
  });

  it('leaves one whole file when saves of a path overlap', async () => {
    const path = join(directory, 'a.bin');
    const contents = Array.from({ length: 8 }, (_, i) => new Uint8Array(100_000 + i).fill(i));
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
    const found = await readFile(path);
    expect(contents.some((content) => found.equals(content))).toBe(true);
    expect(await readdir(directory)).toEqual(['a.bin']);
  });

  it('does not take a save that is under way for a leftover', async () => {
    const path = join(directory, 'a.bin');
    const large = writeFileAtomic(path, new Uint8Array(64_000_000));
    while ((await readdir(directory)).length === 0) await sleep(0);
    await writeFileAtomic(path, 'small');
    await large;
    expect(await readdir(directory)).toEqual(['a.bin']);
  });

  it('removes what a killed save of the same path left, and nothing else', async () => {
    const abandoned = `.a.bin.${host}-${deadProcess()}-0-0123456789ab.tmp`;
    const ownFromAnotherLife = `.a.bin.${host}-${process.pid}-${threadId}-0123456789ab.tmp`;
    const kept = [
      `.a.bin.${host}-${process.ppid}-0-0123456789ab.tmp`,
      // Of another host, whose processes are not known here.
      `.a.bin.0123456789ab-${deadProcess()}-0-0123456789ab.tmp`,
      `.b.bin.${host}-${deadProcess()}-0-0123456789ab.tmp`,
      '.a.bin.notes.tmp',
      'other.txt',
    ];
    const old = `.a.bin.0123456789ab-1-0-0123456789ab.tmp`;
    for (const name of [abandoned, ownFromAnotherLife, old, ...kept])
      await writeFile(join(directory, name), 'x');
    await utimes(join(directory, old), 0, Date.now() / 1000 - 90_000);
    await writeFileAtomic(join(directory, 'a.bin'), 'new');
    expect(await readdir(directory)).toEqual(['a.bin', ...kept].sort());
  });

  it('names the path when its directory is missing', async () => {
    const path = join(directory, 'missing', 'a.bin');
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow(
      `writeFileAtomic: '${path}' could not be saved, got ENOENT`,
    );
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow(
      'check that its directory exists, is writable and has room (what was there before is untouched)',
    );
  });

  it('leaves the old content and no temporary file when the rename fails', async () => {
    const path = join(directory, 'taken');
    await mkdir(path);
    await writeFile(join(path, 'inside'), 'old');
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow(
      `writeFileAtomic: '${path}' could not be saved`,
    );
    expect(await readFile(join(path, 'inside'), 'utf8')).toBe('old');
    expect(await readdir(directory)).toEqual(['taken']);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'leaves the old content when the directory is read-only',
    async () => {
      const path = join(directory, 'a.bin');
      await writeFileAtomic(path, 'old');
      await chmod(directory, 0o555);
      await expect(writeFileAtomic(path, 'new')).rejects.toThrow(`'${path}' could not be saved, got EACCES`);
      await chmod(directory, 0o755);
      expect(await readFile(path, 'utf8')).toBe('old');
    },
  );

  it('leaves a whole file whenever the process is killed, and clears up at the next save', async () => {
    const path = join(directory, 'checkpoint.bin');
    const script = fileURLToPath(new URL('./support/save-forever.ts', import.meta.url));
    const delays = stream('kill').generator();
    for (let kill = 0; kill < 8; kill++) {
      const child = spawn(process.execPath, ['--import', 'tsx', script, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      await Promise.race([
        once(child.stdout, 'data'),
        ended.then(() => Promise.reject(new Error('the saving process ended by itself'))),
      ]);
      await sleep(delays.uniform() * 60);
      child.kill('SIGKILL');
      expect(await ended).toEqual([null, 'SIGKILL']);

      const found = await readFile(path);
      const digest = createHash('sha256').update(found.subarray(32)).digest();
      expect(found.subarray(0, 32).equals(digest)).toBe(true);
      // One killed save leaves at most one temporary file: the save before it cleared up those of earlier kills.
      expect((await readdir(directory)).filter((name) => name !== 'checkpoint.bin').length).toBeLessThan(2);
    }
    await writeFileAtomic(path, 'last');
    expect(await readdir(directory)).toEqual(['checkpoint.bin']);
  });
});
