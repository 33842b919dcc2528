import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandOptions, JobRunner } from 'noisydarts/sweep';
import { STOPPED } from '../command-line';
import { packageFile } from '../package-file';

/** Options as they are typed: `{ latencyLimit: 8, fast: false }` is `--latency-limit 8 --no-fast`. */
export const argsOf = (options: CommandOptions): string[] =>
  Object.entries(options).flatMap(([key, value]) => {
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (typeof value !== 'boolean') return [`--${name}`, String(value)];
    return [value ? `--${name}` : `--no-${name}`];
  });

/** Runs the package's command in a process of its own, which stops when this one does, whatever ends it. */
function noisydarts(args: readonly string[], signal: AbortSignal): Promise<unknown> {
  const source = import.meta.url.endsWith('.ts');
  const script = packageFile(source ? 'src/cli/bin.ts' : 'dist/cli/bin.js');
  // A terminal's Ctrl-C would reach the child too, which then would take the parent's word for a second one.
  const child = spawn(process.execPath, [...(source ? ['--import', 'tsx'] : []), script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const written = { out: '', error: '' };
  child.stdout!.on('data', (chunk) => {
    written.out += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    written.error = `${written.error}${chunk}`.slice(-2000);
  });
  const stop = () => child.kill('SIGINT');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      if (code === 0) return resolve(JSON.parse(written.out.trim().split('\n').at(-1)!));
      reject(
        new Error(code === STOPPED ? 'stopped' : `ended with ${killedBy ?? code}: ${written.error.trim()}`),
      );
    });
  });
}

/** The options that begin a run in a folder, or go on with the one whose checkpoint lies there. */
async function begin(folder: string, name: string, checkpoint: string, options: readonly string[]) {
  const run = join(folder, name);
  if (existsSync(join(run, checkpoint))) return ['--runs', folder, '--resume', name];
  // A worker that died before its first checkpoint leaves a folder that nothing can go on with.
  await rm(run, { recursive: true, force: true });
  return ['--runs', folder, '--name', name, ...options];
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
export const runJob: JobRunner = async (job, { folder, signal }): Promise<JobOutcome> => {
  const search = ['search', '--json', ...(await begin(folder, 'search', 'checkpoint', argsOf(job.search)))];
  const { genotype } = (await noisydarts(search, signal)) as { genotype: unknown };
  const run = join(folder, 'search');
  const { epochs } = JSON.parse(await readFile(join(run, 'history.json'), 'utf8'));
  const seconds = epochs.reduce((sum: number, epoch: { seconds: number }) => sum + epoch.seconds, 0);
  const found = { genotype, validAccuracy: epochs.at(-1).validAccuracy, seconds };
  if (!job.train) return found;
  const options = ['--genotype', run, ...argsOf(job.train)];
  const train = ['train', '--json', ...(await begin(folder, 'train', 'training-checkpoint', options))];
  const { top1 } = (await noisydarts(train, signal)) as { top1: number };
  return { ...found, testAccuracy: top1 };
};
