import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A folder and the names of the files in it, in no particular order. */
export interface Folder {
  readonly path: string;
  readonly names: readonly string[];
}

/** What an entry of a folder is, links followed; undefined if it is something else or a link to nothing. */
export function kindOf(directory: string, entry: Dirent): 'file' | 'folder' | undefined {
  let found: { isFile(): boolean; isDirectory(): boolean } = entry;
  try {
    if (entry.isSymbolicLink()) found = statSync(join(directory, entry.name));
  } catch {
    return undefined;
  }
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : undefined;
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

/** Names of the files, or of the folders, in a folder. */
function namesOf(fn: string, path: string, kind: 'file' | 'folder', remedy: string): string[] {
  return listFolder(fn, path, remedy)
    .filter((entry) => kindOf(path, entry) === kind)
    .map(({ name }) => name);
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
  const names = namesOf(fn, directory, 'file', remedy);
  if (isThere(names) || !namesOf(fn, directory, 'folder', remedy).includes(archive))
    return { path: directory, names };
  const path = join(directory, archive);
  return { path, names: namesOf(fn, path, 'file', remedy) };
}

/**
 * The file of a folder whose name fits, the one with the shortest name before others. Some archives unpack each file into
 * a folder of its own name; the file is found there too.
 */
export function findFile(fn: string, directory: string, pattern: RegExp, remedy: string): string | undefined {
  const fitting = (path: string, kind: 'file' | 'folder') =>
    namesOf(fn, path, kind, remedy)
      .filter((name) => pattern.test(name))
      .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
      .map((name) => join(path, name));
  const [found] = fitting(directory, 'file');
  return found ?? fitting(directory, 'folder').flatMap((path) => fitting(path, 'file'))[0];
}
