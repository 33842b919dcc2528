import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { reportOf } from './child';
import { median } from './options';

/** What a benchmark of either side reports of a step. */
export interface Report {
  readonly engine: string;
  readonly seconds_per_image: number;
  readonly cpu_seconds_per_image: number;
  readonly peak_rss_mb: number;
  /** Of this library alone. */
  readonly wasm_heap_mb?: number;
  readonly estimated_heap_mb?: number;
  readonly step_seconds_median?: number;
}

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A benchmark of this library in a process of its own. */
export const ours = (...args: string[]): Command => [
  process.execPath,
  '--import',
  'tsx',
  at('./index.ts'),
  ...args,
];

/** PyTorch's side of a comparison. */
export const pytorch = (python: string, ...args: string[]): Command => [
  python,
  at('./pytorch_step.py'),
  ...args,
];

/** Options in the form of the command line. */
export const flags = (options: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** @throws RangeError if `python` has no torch. */
export function requireTorch(python: string): void {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
  } catch {
    throw new RangeError(
      `bench: PyTorch is not installed, got no torch from '${python}'; on Debian: apt-get install python3-torch`,
    );
  }
}

/** Every command once a round, round after round, so that whatever else the machine does falls on all of them. */
export function inRounds<K extends string>(
  commands: Readonly<Record<K, Command>>,
  rounds: number,
): Record<K, Report[]> {
  const reports = Object.fromEntries(Object.keys(commands).map((name) => [name, []])) as unknown as Record<
    K,
    Report[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const [name, [program, ...args]] of Object.entries<Command>(commands)) {
      reports[name as K].push(reportOf<Report>(program, args));
      console.error(`round ${round + 1} of ${rounds}: ${name}`);
    }
  }
  return reports;
}

/** The middle of what reports say of a thing; NaN if they do not say it. */
export const middle = (reports: readonly Report[], field: Exclude<keyof Report, 'engine'>): number =>
  median(reports.map((report) => report[field] ?? Number.NaN));

/** a / b of the medians of a thing, to two places. */
export const ratioOf = (
  a: readonly Report[],
  b: readonly Report[],
  field: Exclude<keyof Report, 'engine'>,
): number => Number((middle(a, field) / middle(b, field)).toFixed(2));
