import { join } from 'node:path';
import { writeFileAtomic } from './atomic-write';

/** Texts by the files they go to; made when they are written. */
export type FileTexts = Readonly<Record<string, () => string>>;

/** Writes files of a run's folder, each whole or not at all. What cannot be written is said, and the run goes on. */
export async function keepUpToDate(fn: string, folder: string, files: FileTexts): Promise<void> {
  try {
    for (const [file, text] of Object.entries(files)) await writeFileAtomic(join(folder, file), text());
  } catch (error) {
    console.warn(`${fn}: '${folder}' is not up to date, got ${(error as Error).message}; the run goes on`);
  }
}
