import { type ChildProcess, fork } from 'node:child_process';
import { packageFile } from '../package-file';
import type { RunMessage } from './search-one';
import type { ExperimentSettings, Run } from './settings';

/** What {@link runAll} is told to do. */
export interface JobsOptions {
  readonly settings: ExperimentSettings;
  readonly runs: readonly Run[];
  /** Runs at a time, a process each. */
  readonly jobs: number;
  readonly folderOf: (run: Run) => string;
  /** Called as a run comes along, with its share that is done. */
  readonly onProgress: (run: Run, share: number) => void;
  /** Called when a run has finished an epoch. */
  readonly onEpoch: (run: Run) => Promise<void> | void;
  /** Stops all runs after the step each is in. */
  readonly signal: AbortSignal;
}

/** How a run ended. */
type Ending = { readonly stopped: boolean } | { readonly error: Error };

/**
 * Searches, some at a time, each in a process of its own, so that one that dies takes nothing with it.
 *
 * @returns Whether all came to their end; false if they were stopped.
 * @throws Error of the first run that failed, once the others under way have stopped.
 */
export async function runAll(options: JobsOptions): Promise<boolean> {
  const { runs, jobs, signal } = options;
  const waiting = [...runs];
  const children = new Set<ChildProcess>();
  let failed: Error | undefined;
  let stopped = false;
  const stopAll = () => {
    waiting.length = 0;
    for (const child of children) child.kill('SIGINT');
  };
  signal.addEventListener('abort', stopAll);
  const work = async () => {
    for (let run = waiting.shift(); run && !signal.aborted; run = waiting.shift()) {
      const ending = await runOne(run, options, children);
      if ('error' in ending) {
        failed ??= new Error(`${run.name}: ${ending.error.message}`, { cause: ending.error });
        stopAll();
      } else stopped ||= ending.stopped;
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  signal.removeEventListener('abort', stopAll);
  if (failed) throw failed;
  return !stopped && !signal.aborted;
}

function runOne(
  run: Run,
  { settings, folderOf, onProgress, onEpoch }: JobsOptions,
  children: Set<ChildProcess>,
): Promise<Ending> {
  const source = import.meta.url.endsWith('.ts');
  const script = packageFile(source ? 'src/cli/experiment/search-one.ts' : 'dist/cli/search-one.js');
  // A terminal's Ctrl-C would reach the child too, which then would take the parent's word for a second one.
  const child = fork(
    script,
    [settings, run, folderOf(run)].map((value) => JSON.stringify(value)),
    {
      execArgv: source ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    },
  );
  children.add(child);
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  return new Promise((resolve) => {
    let ending: Ending | undefined;
    let writing: Promise<void> = Promise.resolve();
    child.on('message', (message: RunMessage) => {
      if (message.kind === 'step') onProgress(run, message.done / message.total);
      if (message.kind === 'epoch') writing = writing.then(() => onEpoch(run));
      if (message.kind === 'end') ending = { stopped: message.stopped };
      if (message.kind === 'failed') ending = { error: new Error(message.message) };
    });
    child.on('error', (error) => {
      ending ??= { error };
    });
    child.on('close', async (code, killedBy) => {
      children.delete(child);
      const fallback = new Error(`its process ended with ${killedBy ?? code}: ${said.trim()}`);
      await writing.catch((error: Error) => {
        ending = { error };
      });
      resolve(ending ?? { error: fallback });
    });
  });
}
