import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A folder and the names in it, in no particular order. */
export interface Folder {
  readonly path: string;
  readonly names: readonly string[];
}

/**
 * What a folder holds.
 *
 * @throws Error naming the folder if it cannot be listed.
 */
export function listFolder(fn: string, path: string, remedy: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    throw new Error(`${fn}: '${path}' cannot be listed, got ${(error as Error).message}; ${remedy}`, {
      cause: error,
    });
  }
}

/**
 * The folder that holds the files of a data set: `directory`, or the folder of the official archive in it.
 *
 * @param isThere - Whether these names include what is looked for.
 */
export function findFolder(
  fn: string,
  directory: string,
  { archive, isThere, remedy }: { archive: string; isThere: (names: string[]) => boolean; remedy: string },
): Folder {
  const list = (path: string) => listFolder(fn, path, remedy).map(({ name }) => name);
  const names = list(directory);
  if (isThere(names) || !names.includes(archive)) return { path: directory, names };
  const path = join(directory, archive);
  return { path, names: list(path) };
}
