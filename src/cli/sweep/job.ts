import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MobileSpace } from 'noisydarts';
import { writeFileAtomic } from 'noisydarts/node';
import type { CommandOptions, JobResult, JobRunner, SweepJob } from 'noisydarts/sweep';
import { makeFolder } from '../../node/make-folder';
import { missingIsFine } from '../../node/missing-is-fine';
import { createSearch, readSearch } from '../search/options';
import { chooseSpace } from '../search/spaces';
import { genotypeFiles } from '../train/genotype';
import { Killed, previousIsGone, runCommand } from './child';

/** Options as they are typed: `{ latencyLimit: 8, fast: false }` is `--latency-limit 8 --no-fast`. */
export const argsOf = (options: CommandOptions): string[] =>
  Object.entries(options).flatMap(([key, value]) => {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (typeof value !== 'boolean') return [`--${name}`, String(value)];
    return [value ? `--${name}` : `--no-${name}`];
  });

/** Where a job works, until when. */
interface Place {
  readonly folder: string;
  readonly signal: AbortSignal;
}

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
  place: Place,
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
  /** Accuracy of the trained network on images that its training held out, by which its weights were chosen, percent. */
  readonly heldOutAccuracy?: number;
  /** Accuracy of the trained network on the test images, percent; missing if nothing was trained. */
  readonly testAccuracy?: number;
}

/** The accuracies of what a training comes to. */
async function trained(options: readonly string[], place: Place) {
  const told = await persist('train', 'training-checkpoint', options, place);
  const { top1, heldOutAccuracy } = told as { top1: number; heldOutAccuracy: number };
  return { heldOutAccuracy, testAccuracy: top1 };
}

/**
 * Of what others have found and tried, the network that was best on held-out images; the test images have no say in it. Trains
 * it anew.
 */
async function trainBest({ search, train = {} }: SweepJob, place: Place & { before: readonly JobResult[] }) {
  const done = place.before.filter(({ status }) => status === 'done');
  const [best] = done
    .map(({ result }) => result as JobOutcome & { readonly heldOutAccuracy: number })
    .sort((a, b) => b.heldOutAccuracy - a.heldOutAccuracy);
  if (!best) throw new Error('none of the searches before it came to an end; try them again');
  const found = join(place.folder, 'best');
  await makeFolder(found);
  for (const [file, text] of Object.entries(await filesOf(best.genotype, search)))
    await writeFileAtomic(join(found, file), text);
  const { genotype, validAccuracy, seconds } = best;
  return {
    genotype,
    validAccuracy,
    seconds,
    ...(await trained(['--genotype', found, ...argsOf(train)], place)),
  };
}

/** A genotype that a search printed, as the files that a training reads. */
async function filesOf(genotype: unknown, search: CommandOptions): Promise<Readonly<Record<string, string>>> {
  const found = Object(genotype);
  if ('normal' in found) return genotypeFiles({ kind: 'darts', genotype: found });
  if (!('layers' in found)) return genotypeFiles({ kind: 'nas-bench-201', genotype: found });
  const { settings } = await readSearch(createSearch().parse(argsOf(search), { from: 'user' }));
  const space = (await chooseSpace(settings)) as MobileSpace;
  return genotypeFiles({ kind: 'mobile', genotype: found, space });
}

/** Searches and trains by the commands of these names; what was stopped goes on from its checkpoint. */
export const runJob: JobRunner = async (job, place): Promise<JobOutcome> => {
  if (job.after) return trainBest(job, place);
  const { genotype } = (await persist('search', 'checkpoint', argsOf(job.search), place)) as {
    genotype: unknown;
  };
  const run = join(place.folder, 'search');
  const { epochs } = JSON.parse(await readFile(join(run, 'history.json'), 'utf8'));
  const seconds = epochs.reduce((sum: number, epoch: { seconds: number }) => sum + epoch.seconds, 0);
  const found = { genotype, validAccuracy: epochs.at(-1).validAccuracy, seconds };
  if (!job.train) return found;
  return { ...found, ...(await trained(['--genotype', run, ...argsOf(job.train)], place)) };
};
