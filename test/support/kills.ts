import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { argsOf } from '../../src/cli/sweep/job';
import { expandPlan, type SweepPlan } from '../../src/sweep';

/** Small searches on the digits, each with a few checkpoints. */
export const smallSearches = (count: number): SweepPlan => ({
  name: 'kills',
  search: { space: 'nasbench201', channels: 2, cells: 1, epochs: 4, batch: 16, limit: 32 },
  grid: { seed: Array.from({ length: count }, (_, i) => i) },
});

/** What is killed: a worker and, among its children, the searches. */
export interface KillOptions {
  /** Arguments of Node that make it the command `noisydarts`. */
  readonly command: readonly string[];
  /** Arguments of each worker; one that ends or is killed before all jobs have ended is started again. */
  readonly workers: readonly (readonly string[])[];
  readonly kills: number;
  /** Changes whenever the sweep has got further; a kill waits for that, however slow the machine is. */
  readonly progress: () => string | Promise<string>;
  /** Whether all jobs have ended. */
  readonly ended: () => boolean | Promise<boolean>;
  /** Numbers of the processes that search. */
  readonly searching?: () => readonly number[];
  /** Called before the kill of this number. */
  readonly onKill?: (kill: number) => Promise<void> | void;
}

/**
 * Starts workers and kills one of them, or one of their searches, whenever the sweep has got further, until enough have been
 * killed; then waits for the end.
 *
 * @returns What each worker said last, and how it ended; how many kills there were.
 */
export async function sweepWithKills(options: KillOptions): Promise<{ kills: number; said: string[] }> {
  const { command, workers, progress, ended, searching = () => [], onKill } = options;
  const said = workers.map(() => '');
  const running: (ChildProcess | undefined)[] = workers.map(() => undefined);
  let over = false;
  const start = (i: number) => {
    const child = spawn(process.execPath, [...command, ...workers[i]!], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running[i] = child;
    said[i] = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said[i] = `${said[i]}${chunk}`.slice(-4000);
      });
    child.on('close', (code) => {
      running[i] = undefined;
      if (code === null && !over) start(i);
    });
  };
  workers.forEach((_, i) => {
    start(i);
  });
  let kills = 0;
  try {
    let before = await progress();
    while (!(await ended())) {
      if (running.every((child) => child === undefined))
        throw new Error(`all workers ended:\n${said.join('\n')}`);
      const now = await progress();
      if (now !== before && kills < options.kills) {
        before = now;
        await onKill?.(kills);
        // Every third time a search, else a worker, one after the other.
        const [search] = searching();
        if (kills % 3 === 2 && search !== undefined) kill(search);
        else running[kills % workers.length]?.kill('SIGKILL');
        kills++;
      }
      await setTimeout(20);
    }
    over = true;
    while (running.some((child) => child !== undefined)) await setTimeout(20);
    return { kills, said };
  } finally {
    over = true;
    for (const child of running) child?.kill('SIGKILL');
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Files of a folder's jobs of this name, with the time of each. */
export const filesOfJobs = (folder: string, ...name: string[]): string[] =>
  namesIn(join(folder, 'jobs')).flatMap((job) => {
    try {
      const file = join(folder, 'jobs', job, ...name);
      return [`${file} ${statSync(file).mtimeMs}`];
    } catch {
      return [];
    }
  });

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Names of the files in a folder; none if there is none. */
export const jobsEnded = (folder: string): number =>
  namesIn(join(folder, 'results')).filter((name) => !name.startsWith('.')).length;

/** The numbers of the searches of a sweep's folder that run. */
export const searchesIn = (folder: string): number[] =>
  namesIn(join(folder, 'jobs')).flatMap((job) => {
    try {
      const { pid } = JSON.parse(readFileSync(join(folder, 'jobs', job, '.process.json'), 'utf8'));
      process.kill(pid, 0);
      return [pid as number];
    } catch {
      return [];
    }
  });

/** A run's numbers, all that does not depend on the clock: what it measured and found, alpha and the tensors of the last checkpoint. */
export function numbersOf(run: string): unknown {
  const json = (file: string) =>
    JSON.parse(readFileSync(join(run, file), 'utf8'), (key, value) => (key === 'seconds' ? 0 : value));
  const checkpoint = readFileSync(join(run, 'checkpoint'));
  const header = checkpoint.readUInt32LE(16);
  return {
    history: json('history.json'),
    alphas: json('alphas.json'),
    tensors: checkpoint.subarray(Math.ceil((20 + header) / 4) * 4).toString('base64'),
  };
}

/**
 * Does the searches of a plan without a sweep, one after the other, undisturbed.
 *
 * @param cli - Module of `noisydarts/cli`.
 * @returns The folder of the search of each job.
 */
export function searchAlone(cli: string, plan: SweepPlan, folder: string): Map<string, string> {
  const jobs = expandPlan(plan);
  const calls = jobs.map(({ name, search }) => [
    'search',
    '--runs',
    folder,
    '--name',
    name,
    ...argsOf(search),
  ]);
  const script = `
    const { createProgram } = await import(${JSON.stringify(pathToFileURL(cli).href)});
    for (const args of ${JSON.stringify(calls)}) await createProgram().parseAsync(args, { from: 'user' });`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`the searches alone ended with ${status}: ${stderr}`);
  return new Map(jobs.map(({ name }) => [name, join(folder, name)]));
}
