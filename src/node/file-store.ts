import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { CheckpointStore } from '../search';
import { writeFileAtomic } from './atomic-write';

/**
 * Keeps the checkpoint of a search in a file, written by {@link writeFileAtomic}: whatever moment the process dies at, the
 * file holds the old checkpoint or the new one.
 *
 * @param path - File to write; missing directories are made by the first save.
 */
export function fileStore(path: string): CheckpointStore {
  const file = resolve(path);
  return {
    location: path,
    async save(bytes) {
      await mkdir(dirname(file), { recursive: true });
      await writeFileAtomic(file, bytes);
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
