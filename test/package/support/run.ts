import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly sideEffects: boolean | readonly string[];
  readonly engines: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}

/** The `package.json` of a folder, by default the library's. */
export const manifest = (folder = root): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  /** Both streams, standard output first. */
  readonly output: string;
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], cwd = root): Result {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    shell: process.platform === 'win32' && program !== process.execPath,
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0', NO_COLOR: '1' },
  });
  return { status, stdout, output: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}` };
}

/** Runs a program that the repository has installed, such as `attw`. */
export const runBin = (bin: string, ...args: readonly string[]): Result =>
  run('npm', ['exec', '--no', '--', bin, ...args]);

/** Runs a program and throws what it said if it fails. */
export function mustRun(program: string, args: readonly string[], cwd = root): string {
  const { status, output } = run(program, args, cwd);
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${status}:\n${output}`);
  return output;
}
