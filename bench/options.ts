import { type ParseArgsConfig, parseArgs } from 'node:util';
import {
  darts,
  fairDarts,
  gdas,
  mobile,
  nasBench201,
  pcDarts,
  plainDarts,
  type SearchSpace,
  sdartsRs,
} from 'noisydarts';
import { betaDarts, dartsMinus, type StrategySettings, sdartsAdv } from 'noisydarts/strategies';

/** Asked for instead of a benchmark: the options it has. */
export class Help extends Error {}

/**
 * The options of a benchmark.
 *
 * @throws Help if they are asked for; RangeError for a wrong one.
 */
export function parseOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  if (config.args?.includes('--help')) {
    const options = Object.entries(config.options ?? {}).map(
      ([name, { type, default: value }]) =>
        `  --${type === 'boolean' && value === true ? 'no-' : ''}${name}${type === 'string' ? ` (default: ${value ?? 'none'})` : ''}`,
    );
    throw new Help(['Options:', ...options].join('\n'));
  }
  try {
    return parseArgs(config);
  } catch (error) {
    const [fault] = (error as Error).message.split(/[.\n]/);
    const names = Object.keys(config.options ?? {}).map((name) => `--${name}`);
    throw new RangeError(
      `bench: ${fault}, got '${config.args?.join(' ')}'; use ${names.join(', ')}, a value that begins with a dash as --name=-1`,
      { cause: error },
    );
  }
}

/** Reads a whole number of at least 1 from an option's text. */
export function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(
      `bench: --${name} must be a whole number of at least 1, got '${text}'; use for example --${name} 4`,
    );
  }
  return value;
}

/** Reads one of a few words from an option's text. */
export function oneOf<T extends string>(name: string, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) {
    throw new RangeError(
      `bench: --${name} must be one of ${words.join(', ')}, got '${text}'; use for example --${name} ${words[0]}`,
    );
  }
  return word;
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Reads the name of a search space. */
export function searchSpace(text: string): SearchSpace {
  const spaces = { darts, 'nas-bench-201': nasBench201, mobile };
  return spaces[oneOf('space', text, Object.keys(spaces) as (keyof typeof spaces)[])]();
}

/** Reads the name of a strategy. */
export function searchStrategy(text: string): StrategySettings {
  const strategies = [
    plainDarts(),
    fairDarts(),
    pcDarts(),
    gdas(),
    betaDarts(),
    dartsMinus(),
    sdartsRs(),
    sdartsAdv(),
  ];
  const name = oneOf(
    'strategy',
    text,
    strategies.map(({ kind }) => kind),
  );
  return strategies.find(({ kind }) => kind === name)!;
}

/** Reads the name of a build of the wasm kernels. */
export const wasmBuildNamed = (text: string) => oneOf('build', text, ['auto', 'simd', 'relaxed-simd']);
