import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, open, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { requireText } from '../errors';
import { isAlive } from './is-alive';
import { missingIsFine } from './missing-is-fine';
import { thisHost } from './this-host';

/** What {@link writeFileAtomic} writes: bytes, text to be written as UTF-8, or bytes that come piece by piece. */
export type FileContent = Uint8Array | string | AsyncIterable<Uint8Array>;

/** Temporary files that this thread is writing just now. */
const inFlight = new Set<string>();

/** This host in the name of a file. */
const host = createHash('sha256').update(thisHost).digest('hex').slice(0, 12);

/** Milliseconds after which no save of another host is still at it, whatever the clocks say. */
const DAY = 86_400_000;

/**
 * Removes the temporary files of saves of `file` that were killed. Whether a process of another host lives is not known here:
 * its files go when they are a day old.
 */
async function removeLeftovers(directory: string, file: string): Promise<void> {
  const prefix = `.${file}.`;
  for (const entry of await readdir(directory)) {
    if (!entry.startsWith(prefix)) continue;
    const owner = /^([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{12}\.tmp$/.exec(entry.slice(prefix.length));
    if (!owner) continue;
    const path = join(directory, entry);
    if (await isAbandoned(path, entry, owner)) await unlink(path).catch(missingIsFine);
  }
}

async function isAbandoned(
  path: string,
  entry: string,
  [, its, pidText, thread]: readonly string[],
): Promise<boolean> {
  if (its !== host) {
    const found = await stat(path).catch(missingIsFine);
    return found !== undefined && Date.now() - found.mtimeMs > DAY;
  }
  const pid = Number(pidText);
  // A number may be used again, so a file of "this process" is a leftover too unless this thread is writing it.
  return pid === process.pid ? Number(thread) === threadId && !inFlight.has(entry) : !isAlive(pid);
}

/** Makes the names in a directory durable, where the system can. */
async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory; its renames are journalled.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDurably(path: string, content: FileContent): Promise<void> {
  const handle: FileHandle = await open(path, 'wx');
  try {
    await writeFile(handle, content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name for a file beside `file` that says whose it is, so that {@link removeLeftovers} knows. */
const temporaryName = (file: string) =>
  `.${file}.${host}-${process.pid}-${threadId}-${randomBytes(6).toString('hex')}.tmp`;

/** Finds out whether {@link writeFileAtomic} can write to a path, which stays as it is; throws the system's error if not. */
export async function checkWritable(path: string): Promise<void> {
  const found = await stat(path).catch(missingIsFine);
  if (found?.isDirectory()) throw new Error('it is a folder');
  const probe = join(dirname(path), temporaryName(basename(path)));
  await writeDurably(probe, '');
  await unlink(probe);
}

/**
 * Writes a file so that, whatever moment the process or the machine dies at, the path holds the old content or the new,
 * whole.
 *
 * Writes a temporary file in the same directory, flushes it to disk, renames it over the path and flushes the
 * directory. A temporary file that a killed save left behind is removed by the next save of the same path.
 *
 * @param path - File to replace or create; its directory must exist.
 * @param content - Bytes, text, or bytes that come piece by piece, of which one piece at a time is held.
 * @throws Error naming the path if the file cannot be written; the old content is then untouched.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  requireText('writeFileAtomic', 'the path', path, 'pass that of a file');
  await writeBeside('writeFileAtomic', path, content, (temporary) => rename(temporary, path));
}

/**
 * Creates a file with all of its content at once, unless there is one: of any number of processes on any number of hosts one
 * succeeds.
 *
 * A hard link of a file that is written already is what network file systems too create whole or not at all.
 *
 * @returns Whether it was this call that made the file.
 * @throws Error naming the path if the file cannot be written; there is none then.
 */
export function createFileAtomic(path: string, content: FileContent): Promise<boolean> {
  return writeBeside('createFileAtomic', path, content, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // A network file system that lost its first answer asks again, and finds the link that it has made.
      return (await stat(temporary)).nlink === 2;
    } finally {
      await unlink(temporary);
    }
  });
}

/** Writes a temporary file beside a path, gives it its name by `place` and makes that durable. */
async function writeBeside<T>(
  fn: string,
  path: string,
  content: FileContent,
  place: (temporary: string) => Promise<T>,
): Promise<T> {
  const directory = dirname(path);
  const file = basename(path);
  const temporary = temporaryName(file);
  const temporaryPath = join(directory, temporary);
  inFlight.add(temporary);
  let placed: T;
  try {
    await removeLeftovers(directory, file);
    await writeDurably(temporaryPath, content);
    placed = await place(temporaryPath);
  } catch (error) {
    await unlink(temporaryPath).catch(() => undefined);
    throw new Error(
      `${fn}: '${path}' could not be saved, got ${(error as Error).message}; ` +
        'check that its directory exists, is writable and has room (what was there before is untouched)',
      { cause: error },
    );
  } finally {
    inFlight.delete(temporary);
  }
  await syncDirectory(directory);
  return placed;
}
