import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { rangeError, requireText } from '../errors';
import type { CheckpointStore } from '../runs';
import { checkWritable, writeFileAtomic } from './atomic-write';
import { makeFolder } from './make-folder';

/**
 * Keeps the checkpoint of a search in a file, written by {@link writeFileAtomic}: whatever moment the process dies at, the
 * file holds the old checkpoint or the new one.
 *
 * @param path - File to write; missing directories are made by the check before a run, or the first save.
 */
export function fileStore(path: string): CheckpointStore {
  requireText('fileStore', 'the path', path, 'pass that of a file');
  const file = resolve(path);
  return {
    location: path,
    async save(bytes) {
      await makeFolder(dirname(file));
      await writeFileAtomic(file, bytes);
    },
    async check() {
      try {
        await makeFolder(dirname(file));
        await checkWritable(file);
      } catch (error) {
        throw rangeError(
          'fileStore',
          `'${path}' cannot be written`,
          (error as Error).message,
          'use a file in a folder that can be written to',
        );
      }
    },
    async load() {
      try {
        // A Buffer is no plain array of bytes: its slices share memory.
        const { buffer, byteOffset, length } = await readFile(file);
        return new Uint8Array(buffer, byteOffset, length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}
