import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { vi } from 'vitest';
import { main } from '../../src/cli/command-line';

/** How a command ended and what it wrote. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an example's command as its npm script does, and interrupts it when `interruptAt` appears. */
export function runExample(file: string, args: readonly string[], interruptAt?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', `examples/${file}`, ...args], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let interrupted = false;
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      if (interruptAt && !interrupted && stderr.includes(interruptAt)) interrupted = child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/**
 * Runs a command as its process would, but in this one, which spares the seconds that a process takes to start. Its kernels
 * and its backend stay.
 */
export async function callExample(command: Command, args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const keep =
    (stream: keyof typeof written, end = '') =>
    (...said: unknown[]) => {
      written[stream] += said.map(String).join(' ') + end;
      return true;
    };
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(keep('stdout', '\n')),
    vi.spyOn(console, 'error').mockImplementation(keep('stderr', '\n')),
    vi.spyOn(process.stdout, 'write').mockImplementation(keep('stdout')),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep('stderr')),
  ];
  const { argv } = process;
  process.argv = [argv[0]!, command.name(), ...args];
  try {
    await main(command);
    return { status: Number(process.exitCode ?? 0), ...written };
  } finally {
    process.argv = argv;
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
}
