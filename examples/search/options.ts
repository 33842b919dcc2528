import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import {
  type SearchPolicy,
  type SearchSpace,
  stopOnEigenvalue,
  stopOnSkips,
  stopOnStableRanking,
  type VariantName,
  variants,
} from 'noisydarts';
import { chooseFormat, type DataFormat, dataOptions } from '../data/images';
import { type SpaceName, type StrategyName, spaces, strategies } from './spaces';

/** Rules that may stop a search, by name. */
export const policies = {
  eigenvalue: () => stopOnEigenvalue(),
  skips: () => stopOnSkips(),
  ranking: (space: SearchSpace) => stopOnStableRanking(space),
} satisfies Record<string, (space: SearchSpace) => SearchPolicy>;
type PolicyName = keyof typeof policies;

/** What the command line asks for. */
export interface SearchSettings {
  readonly data?: string;
  readonly format?: DataFormat;
  readonly imageSize?: number;
  readonly limit?: number;
  readonly backend: 'wasm' | 'cpu';
  readonly fast: boolean;
  readonly threads: number;
  /** Default `'darts'`. */
  readonly space?: SpaceName;
  /** Default `'darts'`. */
  readonly strategy?: StrategyName;
  readonly variant?: VariantName;
  readonly noise?: number;
  readonly channels: number;
  readonly cells: number;
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
  readonly diagnostics?: boolean;
  readonly policy?: PolicyName;
}

/** The settings of a run, its folder, and whether it goes on from a checkpoint there. */
export interface SearchCommand {
  readonly settings: SearchSettings;
  readonly folder: string;
  readonly resume: boolean;
}

/** A command line that asks for what cannot be. */
export class UsageError extends Error {}

/** Sizes that finish in minutes on the digits, and the paper's for CIFAR-10. */
const DIGITS = { channels: 4, cells: 3, epochs: 20 };
const CIFAR10 = { channels: 16, cells: 8, epochs: 50 };

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

function lambda(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It must be a number of at least 0.');
  }
  return value;
}

function runName(text: string): string {
  if (!/^[\w-][\w.-]*$/.test(text)) {
    throw new InvalidArgumentError("It must consist of letters, digits, '_', '-' and '.'.");
  }
  return text;
}

const defaults = (field: keyof typeof DIGITS) => `(default: ${DIGITS[field]}, with --data ${CIFAR10[field]})`;

function createProgram(): Command {
  const [format, imageSize] = dataOptions(whole(1));
  return new Command('npm run search --')
    .description('Searches for an architecture with NoisyDARTS, on handwritten digits or on your images.')
    .option('--data <dir>', 'folder of images, see docs/data.md (default: the digits in examples/data)')
    .addOption(format)
    .addOption(imageSize)
    .option('--limit <n>', 'use the first n images only', whole(2))
    .addOption(
      new Option('--backend <name>', 'tfjs backend to run on').choices(['wasm', 'cpu']).default('wasm'),
    )
    .option('--no-fast', 'keep to the generic kernels on the wasm backend')
    .option('--threads <n>', 'threads that share every batch, wasm backend only', whole(1), 1)
    .addOption(
      new Option(
        '--space <name>',
        'search space (default: darts); mobile takes its sizes from the paper',
      ).choices(Object.keys(spaces)),
    )
    .addOption(
      new Option('--strategy <name>', 'how alpha becomes weights (default: darts)').choices(
        Object.keys(strategies),
      ),
    )
    .addOption(
      new Option('--variant <letter>', 'published noise setting, a to n (default: a, Gaussian of lambda 0.2)')
        .choices(Object.keys(variants))
        .conflicts('noise'),
    )
    .option(
      '--noise <lambda>',
      'Gaussian noise of this lambda on skip connections; 0 for plain DARTS',
      lambda,
    )
    .option('--channels <n>', `channels of the first cell ${defaults('channels')}`, whole(1))
    .option('--cells <n>', `cells of the supernet, in nasbench201 of a stage ${defaults('cells')}`, whole(1))
    .option('--epochs <n>', `epochs to search for ${defaults('epochs')}`, whole(1))
    .option('--batch <n>', 'images a batch', whole(1), 64)
    .option('--seed <n>', 'seed of everything random', whole(0), 10)
    .option(
      '--diagnostics',
      'measure the largest eigenvalue over alpha and the discretisation gap every epoch',
    )
    .addOption(
      new Option(
        '--policy <name>',
        "stop early by a rule: RobustDARTS's, or one of the two of DARTS+",
      ).choices(Object.keys(policies)),
    )
    .option('--runs <dir>', 'folder that holds the runs', 'runs')
    .addOption(
      new Option('--name <name>', 'folder of this run below it (default: a free one)')
        .argParser(runName)
        .conflicts('resume'),
    )
    .option('--resume [name]', 'go on with a stopped run, the latest if not named', (text) => runName(text))
    .configureOutput({ outputError: () => {} })
    .exitOverride();
}

/**
 * Reads a command line, and the settings of the run that it goes on with.
 *
 * @returns The command; undefined if it asked for help, which has been shown.
 * @throws UsageError if something in it is wrong.
 */
export async function readCommand(args: readonly string[]): Promise<SearchCommand | undefined> {
  const program = createProgram();
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    const { exitCode, message } = error as CommanderError;
    if (exitCode === 0) return undefined;
    throw new UsageError(`${message.replace(/^error: /, '')}\n--help lists the options.`);
  }
  const { runs, name, resume, ...given } = program.opts<
    Partial<SearchSettings> & { runs: string; name?: string; resume?: string | true }
  >();
  if (resume !== undefined) {
    const folder = join(runs, resume === true ? await latestRun(runs) : resume);
    const typed = Object.entries(given).filter(([key]) => program.getOptionValueSource(key) === 'cli');
    return {
      settings: check({ ...(await storedSettings(folder)), ...Object.fromEntries(typed) }),
      folder,
      resume: true,
    };
  }
  const format = await chooseFormat(given);
  const folder = join(runs, name ?? freeName(runs, format ?? 'digits'));
  if (existsSync(folder)) {
    throw new UsageError(`'${folder}' exists; choose another --name, or go on with it by --resume ${name}`);
  }
  const sizes = format ? CIFAR10 : DIGITS;
  const settings = { ...sizes, ...given, ...(format && { format }) } as SearchSettings;
  return { settings: check(settings), folder, resume: false };
}

function check(settings: SearchSettings): SearchSettings {
  if (settings.space === 's4' && settings.noise !== 0) {
    throw new UsageError('--space s4 has no skip connection that noise could fall on; add --noise 0');
  }
  if (settings.threads > 1 && settings.backend !== 'wasm') {
    throw new UsageError(
      `--threads ${settings.threads} needs --backend wasm, got --backend ${settings.backend}`,
    );
  }
  return settings;
}

function freeName(runs: string, base: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!existsSync(join(runs, name))) return name;
  }
}

/** The run with the newest checkpoint. */
async function latestRun(runs: string): Promise<string> {
  const names = await readdir(runs).catch((): string[] => []);
  const times = await Promise.all(
    names.map((name) =>
      stat(join(runs, name, 'checkpoint')).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  const newest = Math.max(0, ...times);
  if (newest === 0) throw new UsageError(`--resume: no run in '${runs}' has a checkpoint; start one first`);
  return names[times.indexOf(newest)]!;
}

/** The settings that a run was started with. */
export async function storedSettings(folder: string): Promise<SearchSettings> {
  try {
    const { command } = JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8'));
    return command as SearchSettings;
  } catch (error) {
    throw new UsageError(
      `'${folder}' holds no settings of a run, got ${(error as Error).message}; name a run that npm run search has begun`,
    );
  }
}
