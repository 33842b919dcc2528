import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { missingIsFine } from './missing-is-fine';

async function make(path: string): Promise<void> {
  const found = await stat(path).catch(missingIsFine);
  if (found?.isDirectory()) return;
  const above = dirname(path);
  if (!found && above !== path) await make(above);
  await mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
    // Another process may have made it meanwhile.
    if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  });
}

/**
 * Makes a folder and those above it that are missing.
 *
 * Step by step, since the recursive `mkdir` of Node never returns where a folder takes no new ones and says there is no
 * such file, as `/proc` does.
 *
 * @throws Error with that of the system as its cause, if one of them cannot be made or is no folder.
 */
export async function makeFolder(path: string): Promise<void> {
  await make(path).catch((error: Error) => {
    throw new Error(
      `makeFolder: the folder '${path}' cannot be made, got ${error.message}; ` +
        'pass the path of a folder, or of one that can be made',
      { cause: error },
    );
  });
}
