import { fork } from 'node:child_process';
import { packageFile } from '../package-file';
import type { RunMessage } from './search-one';
import type { ExperimentSettings, Run } from './settings';

/** Where a run works, and who is told of it. */
export interface RunPlace {
  /** The run's own. */
  readonly folder: string;
  /** Stops the run after the step that it is in. */
  readonly signal: AbortSignal;
  /** Called as the run comes along, with its share that is done. */
  readonly onProgress: (share: number) => void;
  /** Called when the run has finished an epoch. */
  readonly onEpoch: () => Promise<void> | void;
}

/**
 * Does a run in a process of its own, so that one that dies takes nothing with it; what was stopped goes on.
 *
 * @throws Error of the run, or if it was stopped.
 */
export function runOne(settings: ExperimentSettings, run: Run, place: RunPlace): Promise<void> {
  const { folder, signal, onProgress, onEpoch } = place;
  const source = import.meta.url.endsWith('.ts');
  const script = packageFile(source ? 'src/cli/experiment/search-one.ts' : 'dist/cli/search-one.js');
  const { method, seed } = run;
  // A terminal's Ctrl-C would reach the child too, which then would take the parent's word for a second one.
  const child = fork(
    script,
    [settings, { method, seed }, folder].map((value) => JSON.stringify(value)),
    {
      execArgv: source ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    },
  );
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  const stop = () => child.kill('SIGINT');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return new Promise((resolve, reject) => {
    let ending: { readonly error?: Error } | undefined;
    let writing: Promise<void> = Promise.resolve();
    child.on('message', (message: RunMessage) => {
      if (message.kind === 'step') onProgress(message.done / message.total);
      if (message.kind === 'epoch') writing = writing.then(onEpoch);
      if (message.kind === 'end') ending = message.stopped ? { error: new Error('stopped') } : {};
      if (message.kind === 'failed') ending = { error: new Error(message.message) };
    });
    child.on('error', (error) => {
      ending ??= { error };
    });
    child.on('close', async (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      ending ??= { error: new Error(`its process ended with ${killedBy ?? code}: ${said.trim()}`) };
      await writing.catch((error: Error) => {
        ending = { error };
      });
      if (ending.error) reject(ending.error);
      else resolve();
    });
  });
}
