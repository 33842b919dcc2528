import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A folder of its own for every test of the file; call the result for the path of a name in it. */
export function scratchFolder(): (...names: string[]) => string {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'noisydarts-data-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  return (...names) => join(directory, ...names);
}
