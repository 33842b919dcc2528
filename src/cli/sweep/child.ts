import { spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isAlive } from '../../node/is-alive';
import { missingIsFine } from '../../node/missing-is-fine';
import { thisHost } from '../../node/this-host';
import { STOPPED } from '../command-line';
import { packageFile } from '../package-file';

/** The process of a command was ended by a signal that nobody here had sent. */
export class Killed extends Error {}

/** When a process of this host began, in the system's own count; empty where that is not told. */
function began(pid: number): string {
  try {
    // After the name, which may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')[19]!;
  } catch {
    return '';
  }
}

const record = (folder: string) => join(folder, '.process.json');

/**
 * Waits until the process that worked in a folder is gone: one whose worker died goes on to the end of its step and writes its
 * checkpoint.
 */
export async function previousIsGone(folder: string): Promise<void> {
  const text = await readFile(record(folder), 'utf8').catch(missingIsFine);
  if (!text) return;
  const { host, pid, start } = JSON.parse(text);
  // The number may have gone to another process since.
  while (host === thisHost && isAlive(pid) && began(pid) === start) await setTimeout(50);
}

/**
 * A search makes many small objects that die at once: with room for them V8 looks for them less often, and on the search's own
 * thread, since the other cores have searches of their own.
 */
const HEAP = ['--max-semi-space-size=64', '--single-threaded-gc'];

/**
 * Runs a command of the package in a process of its own, which stops when this one does, whatever ends it.
 *
 * @param folder - Where it works, one process at a time.
 * @returns What it printed as the last line, JSON.
 * @throws Killed if a signal ended it that is not from here.
 */
export async function runCommand(
  args: readonly string[],
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<unknown> {
  signal.throwIfAborted();
  const source = import.meta.url.endsWith('.ts');
  const script = packageFile(source ? 'src/cli/bin.ts' : 'dist/cli/bin.js');
  // A terminal's Ctrl-C would reach the child too, which then would take the parent's word for a second one.
  const loader = source ? ['--import', 'tsx'] : [];
  const child = spawn(process.execPath, [...HEAP, ...loader, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  // At once, so that no moment is left in which a worker dies and its child is not known.
  if (child.pid !== undefined) {
    writeFileSync(
      `${record(folder)}.new`,
      JSON.stringify({ host: thisHost, pid: child.pid, start: began(child.pid) }),
    );
    renameSync(`${record(folder)}.new`, record(folder));
  }
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
  return new Promise<unknown>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      if (code === 0) return resolve(JSON.parse(written.out.trim().split('\n').at(-1)!));
      if (code === STOPPED) return reject(new Error('stopped'));
      const Kind = killedBy ? Killed : Error;
      reject(new Kind(`ended with ${killedBy ?? code}: ${written.error.trim()}`));
    });
  });
}
