import { execFileSync } from 'node:child_process';

/** Runs a program that prints its report, a line of JSON, last. */
export function reportOf<T>(command: string, args: readonly string[]): T {
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8' }).trim().split('\n').at(-1)!) as T;
}
