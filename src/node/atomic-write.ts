import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { requireText } from '../errors';
import { isAlive } from './is-alive';
import { missingIsFine } from './missing-is-fine';

/** What {@link writeFileAtomic} writes: bytes, text to be written as UTF-8, or bytes that come piece by piece. */
export type FileContent = Uint8Array | string | AsyncIterable<Uint8Array>;

/** Temporary files that this thread is writing just now. */
const inFlight = new Set<string>();

/** Removes the temporary files of saves of `file` that were killed. */
async function removeLeftovers(directory: string, file: string): Promise<void> {
  const prefix = `.${file}.`;
  for (const entry of await readdir(directory)) {
    if (!entry.startsWith(prefix)) continue;
    const owner = /^(\d+)-(\d+)-[0-9a-f]{12}\.tmp$/.exec(entry.slice(prefix.length));
    if (!owner) continue;
    const pid = Number(owner[1]);
    // A number may be used again, so a file of "this process" is a leftover too unless this thread is writing it.
    const abandoned =
      pid === process.pid ? Number(owner[2]) === threadId && !inFlight.has(entry) : !isAlive(pid);
    if (abandoned) await unlink(join(directory, entry)).catch(missingIsFine);
  }
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
  `.${file}.${process.pid}-${threadId}-${randomBytes(6).toString('hex')}.tmp`;

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
  const directory = dirname(path);
  const file = basename(path);
  const temporary = temporaryName(file);
  const temporaryPath = join(directory, temporary);
  inFlight.add(temporary);
  try {
    await removeLeftovers(directory, file);
    await writeDurably(temporaryPath, content);
    await rename(temporaryPath, path);
  } catch (error) {
    await unlink(temporaryPath).catch(() => undefined);
    throw new Error(
      `writeFileAtomic: '${path}' could not be saved, got ${(error as Error).message}; ` +
        'check that its directory exists, is writable and has room (what was there before is untouched)',
      { cause: error },
    );
  } finally {
    inFlight.delete(temporary);
  }
  await syncDirectory(directory);
}
