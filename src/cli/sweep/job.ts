import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandOptions, JobRunner } from 'noisydarts/sweep';
import { missingIsFine } from '../../node/missing-is-fine';
import { Killed, previousIsGone, runCommand } from './child';

/** Options as they are typed: `{ latencyLimit: 8, fast: false }` is `--latency-limit 8 --no-fast`. */
export const argsOf = (options: CommandOptions): string[] =>
  Object.entries(options).flatMap(([key, value]) => {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (typeof value !== 'boolean') return [`--${name}`, String(value)];
    return [value ? `--${name}` : `--no-${name}`];
  });

/** How often in a row a run may be killed before it has got any further. */
const TRIES = 4;

/**
 * Does a run in a folder, from its checkpoint on if there is one; again if its process was killed, as by a system that is out
 * of memory.
 *
 * @param command - `search` or `train`.
 * @param checkpoint - Name of the run's checkpoint.
 * @param options - Those that begin it.
 */
async function persist(
  command: 'search' | 'train',
  checkpoint: string,
  options: readonly string[],
  place: { readonly folder: string; readonly signal: AbortSignal },
): Promise<unknown> {
  const run = join(place.folder, command);
  const progress = async () => (await stat(join(run, checkpoint)).catch(missingIsFine))?.mtimeMs;
  for (let tries = 1; ; tries++) {
    await previousIsGone(place.folder);
    const before = await progress();
    // A worker that died before its first checkpoint leaves a folder that nothing can go on with.
    if (before === undefined) await rm(run, { recursive: true, force: true });
    const how = before === undefined ? ['--name', command, ...options] : ['--resume', command];
    try {
      return await runCommand([command, '--json', '--runs', place.folder, ...how], place);
    } catch (error) {
      if (!(error instanceof Killed) || place.signal.aborted) throw error;
      if ((await progress()) !== before) tries = 0;
      if (tries === TRIES) throw error;
    }
  }
}

/** What a job of a sweep came to. */
export interface JobOutcome {
  readonly genotype: unknown;
  /** Accuracy of the supernet after the last epoch, percent. */
  readonly validAccuracy: number;
  /** Seconds that the epochs of the search took. */
  readonly seconds: number;
  /** Accuracy of the trained network on the test images, percent; missing if nothing was trained. */
  readonly testAccuracy?: number;
}

/** Searches and trains by the commands of these names; what was stopped goes on from its checkpoint. */
export const runJob: JobRunner = async (job, place): Promise<JobOutcome> => {
  const { genotype } = (await persist('search', 'checkpoint', argsOf(job.search), place)) as {
    genotype: unknown;
  };
  const run = join(place.folder, 'search');
  const { epochs } = JSON.parse(await readFile(join(run, 'history.json'), 'utf8'));
  const seconds = epochs.reduce((sum: number, epoch: { seconds: number }) => sum + epoch.seconds, 0);
  const found = { genotype, validAccuracy: epochs.at(-1).validAccuracy, seconds };
  if (!job.train) return found;
  const options = ['--genotype', run, ...argsOf(job.train)];
  const { top1 } = (await persist('train', 'training-checkpoint', options, place)) as { top1: number };
  return { ...found, testAccuracy: top1 };
};
