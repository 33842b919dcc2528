import { randomBytes } from 'node:crypto';
import { link, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../node/atomic-write';

/**
 * Creates a file with all of its text at once, unless there is one: of any number of processes on any number of hosts one
 * succeeds.
 *
 * A hard link of a file that is written already is what network file systems too create whole or not at all.
 *
 * @returns Whether it was this call that made the file.
 */
export async function createWhole(path: string, text: string): Promise<boolean> {
  const written = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.new`);
  await writeFileAtomic(written, text);
  try {
    await link(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(written);
  }
}
