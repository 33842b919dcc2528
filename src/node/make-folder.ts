import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { missingIsFine } from './missing-is-fine';

/**
 * Makes a folder and those above it that are missing.
 *
 * Step by step, since the recursive `mkdir` of Node never returns where a folder takes no new ones and says there is no
 * such file, as `/proc` does.
 *
 * @throws Error of the system, if one of them cannot be made or is no folder.
 */
export async function makeFolder(path: string): Promise<void> {
  const found = await stat(path).catch(missingIsFine);
  if (found?.isDirectory()) return;
  const above = dirname(path);
  if (!found && above !== path) await makeFolder(above);
  await mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
    // Another process may have made it meanwhile.
    if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  });
}
