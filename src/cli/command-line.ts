/**
 * What the commands share: options that mean the same everywhere, folders of runs, and how a command ends: with 0, 1 if it
 * failed, 2 if the command line asks for what cannot be, 130 if it was stopped.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { requireKind, requireList, requireObject, requireText } from '../errors';
import { type Interrupt, stopOnInterrupt } from '../node/interrupt';
import { makeFolder } from '../node/make-folder';
import { configOption, FileCommand } from './options-file';
import { UsageError } from './usage-error';

export { UsageError };

/** The exit status of a command that was stopped and can go on. */
export const STOPPED = 130;

/**
 * A command without options yet; its errors are left to {@link main}.
 *
 * @param name - Its name.
 * @param description - One sentence on what it does.
 * @param examples - Arguments that are worth knowing, each with what they do.
 */
export function createCommand(
  name: string,
  description: string,
  examples: readonly (readonly [args: string, what: string])[] = [],
): Command {
  requireText('createCommand', 'the name', name, "pass for example 'count'");
  requireText('createCommand', 'the description', description, 'pass a sentence');
  requireList('createCommand', 'examples', examples, 'pass pairs of arguments and what they do');
  for (const [i, pair] of examples.entries())
    requireList('createCommand', `examples[${i}]`, pair, 'pass arguments and what they do');
  const command = new FileCommand(name)
    .description(description)
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  if (examples.length === 0) return command;
  command.addOption(configOption());
  const called = examples.map(([args, what]) => [`${howToCall(name)} ${args}`.trim(), what] as const);
  const width = Math.max(...called.map(([line]) => line.length));
  const lines = called.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** The library's and the commands' own words: what is wrong where, and what to do. */
const SPOKEN = /^[^\s:]+: .*; /s;

/** How an error is told: in its own words, with a stack only where it has none. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommanderError)
    return error.code === 'commander.help'
      ? '--help lists the options.'
      : `${error.message.replace(/^error: /, '')}\n--help lists the options.`;
  const spoken = error instanceof UsageError || SPOKEN.test(error.message) || 'syscall' in error;
  return spoken ? error.message : (error.stack ?? error.message);
}

function isMisuse(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof TypeError) return SPOKEN.test(error.message);
  return error instanceof UsageError || error instanceof CommanderError;
}

/** Ends a process as a command that threw this. */
export function fail(error: unknown): void {
  console.error(describeError(error));
  process.exitCode = isMisuse(error) ? 2 : 1;
}

/**
 * How whoever runs this calls a command: by the npm script of its name, or by the package's own command.
 *
 * @param name - Of a command within another both, as in `detect train`.
 */
export const howToCall = (name: string): string => {
  const [script, ...within] = name.split(' ');
  return process.env.npm_lifecycle_event === script
    ? ['npm run', script, '--', ...within].join(' ')
    : `npx noisydarts ${name}`;
};

/**
 * Runs a command on what was typed.
 *
 * @param usage - How it is called. Default: by the npm script of its name, or as one of the package's own commands.
 */
export async function main(command: Command, usage?: string): Promise<void> {
  const remedy = 'pass what createCommand() returns';
  requireObject('main', 'the command', command, remedy, 'name', 'parseAsync');
  if (usage !== undefined) requireText('main', 'the usage', usage, 'leave it out');
  try {
    await command.name(usage ?? howToCall(command.name())).parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) fail(error);
  }
}

/** A parser of numbers. */
export function number(what: string, good: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (typeof text !== 'string' || text.trim() === '' || !good(value))
      throw new InvalidArgumentError(`It must be ${what}.`);
    return value;
  };
}

/** A parser of whole numbers. */
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): ((text: string) => number) => {
  for (const [name, bound] of Object.entries({ least, most })) requireKind('whole', name, bound, 'finite');
  return number(
    `a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`,
    (value) => Number.isInteger(value) && value >= least && value <= most,
  );
};

/** A parser of finite numbers of at least 0. */
export const atLeastZero = number('a number of at least 0', (value) => Number.isFinite(value) && value >= 0);

function runName(text: string): string {
  if (!/^[\w-][\w.-]*$/.test(text))
    throw new InvalidArgumentError("It must consist of letters, digits, '_', '-' and '.'.");
  return text;
}

/** Options of several commands. */
export const shared = {
  /** `--data`: a folder of images. */
  data: () =>
    new Option(
      '--data <dir>',
      'folder of images, see docs/data.md (default: digits that come with the package)',
    ),
  /** `--limit`: how many of them. */
  limit: () => new Option('--limit <n>', 'use the first n training images only').argParser(whole(2)),
  /** `--backend`: where to compute. */
  backend: () =>
    new Option('--backend <name>', 'tfjs backend to run on').choices(['wasm', 'cpu']).default('wasm'),
  /** `--no-fast`: without the fast kernels. */
  noFast: () => new Option('--no-fast', 'keep to the generic kernels on the wasm backend'),
  /** `--seed`, with its default. */
  seed: (value: number) =>
    new Option('--seed <n>', 'seed of everything random').argParser(whole(0)).default(value),
  /** `--batch`: images a batch, with a note. */
  batch: (note = '') => new Option('--batch <n>', `images a batch${note}`).argParser(whole(1)),
  /** `--runs`: the folder that holds the runs. */
  runs: () => new Option('--runs <dir>', 'folder that holds the runs').default('runs'),
  /** `--name`: the folder of the run, with what it is otherwise. */
  name: (value = 'a free one') =>
    new Option('--name <name>', `folder of the run below it (default: ${value})`).argParser(runName),
  /** `--resume`: the run to go on with. */
  resume: () =>
    new Option('--resume [name]', 'go on with a stopped run, the latest if not named')
      .argParser(runName)
      .conflicts('name'),
  /** `--json`: the result for programs. */
  json: () => new Option('--json', 'print the result as one JSON line').default(false),
  /** `--dry-run`: what a run would take. */
  dryRun: (what = 'run a few steps only: settings, parameters, memory, time it would take') =>
    new Option('--dry-run', what).conflicts('resume').default(false),
  /** `--threads`: how many share every batch. */
  threads: () =>
    new Option('--threads <n>', 'threads that share every batch, wasm backend only')
      .argParser(whole(1))
      .default(1),
  /** `--setup`: a module to import first. */
  setup: () => new Option('--setup <file>', 'module to import first, for operations and spaces of your own'),
};

/** Lets Ctrl-C stop a run after the step it is in, and says so. */
export const stopAfterStep = (): Interrupt =>
  stopOnInterrupt({
    onStop: () => console.error('\nStopping after this step; Ctrl-C again ends at once, without saving.'),
  });

/** What reading data comes to; what is wrong with it is wrong with the command line. */
export const asUsage = <T>(read: Promise<T>): Promise<T> =>
  read.catch((error: Error) => {
    throw new UsageError(error.message, { cause: error });
  });

/** Refuses threads on a backend that has none. */
export function checkThreads({ threads = 1, backend }: { threads?: number; backend: string }): void {
  if (threads > 1 && backend !== 'wasm')
    throw new UsageError(`--threads ${threads} needs --backend wasm, got --backend ${backend}`);
}

/** Options that follow each other in several commands. */
export const withOptions = (command: Command, options: readonly Option[]): Command =>
  options.reduce((all, option) => all.addOption(option), command);

/** `--runs`, `--name` and `--resume`. */
export const runOptions = (): readonly Option[] => [shared.runs(), shared.name(), shared.resume()];

/** The options that were typed, without defaults. */
export function typed<T extends object>(program: Command, options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([key]) => program.getOptionValueSource(key) === 'cli'),
  ) as Partial<T>;
}

/** The settings of a run and where it is. */
export interface RunRequest<Settings> {
  readonly settings: Settings;
  readonly runs: string;
  /** Name of the run's folder; undefined for a free one. */
  readonly name: string | undefined;
  /** Folder of the run to go on with; undefined for a new one. */
  readonly resume: string | undefined;
}

/** How much of a run there is to be, and for whom. */
export interface Telling {
  /** Whether a few steps are enough, of which nothing is left. */
  readonly dryRun: boolean;
  /** Whether programs read what the command prints. */
  readonly json: boolean;
}

/** What every command of a run has among its options, apart from the settings of the run. */
export interface RunOptions {
  readonly runs: string;
  readonly name?: string;
  readonly resume?: string | true;
}

/** The folder that `--resume` names, or the latest whose run has a file of this name. */
export async function resumedFolder(
  runs: string,
  resume: string | true,
  file: string,
  otherwise: string,
): Promise<string> {
  return join(runs, resume === true ? await latestRun(runs, file, otherwise) : resume);
}

/**
 * The settings that a run was started with.
 *
 * @param read - Takes them out of the file; undefined if they are of something else.
 * @throws UsageError if there are none.
 */
export async function readSettings<Settings>(
  folder: string,
  read: (file: { readonly command?: unknown }) => unknown,
  { prefix = '', remedy }: { readonly prefix?: string; readonly remedy: string },
): Promise<Settings> {
  try {
    const settings = read(JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8')));
    if (settings === undefined) throw new Error('a file of something else');
    return settings as Settings;
  } catch (error) {
    throw new UsageError(
      `${prefix}'${folder}' holds no settings of a run, got ${(error as Error).message}; ${remedy}`,
    );
  }
}

/** @throws UsageError if a run of this name is there. */
export function checkFree(runs: string, name: string): void {
  const folder = join(runs, name);
  if (existsSync(folder))
    throw new UsageError(`'${folder}' exists; choose another --name, or go on with it by --resume ${name}`);
}

/**
 * Makes the folder of a new run, which no other start has or gets.
 *
 * @param name - Its name; undefined: `base`, or `base-2` and so on where that is taken.
 * @throws UsageError if there is one of this name, or none can be made.
 */
export async function makeRunFolder(runs: string, name: string | undefined, base: string): Promise<string> {
  for (const [what, text] of Object.entries({ runs, name: name ?? '', base }))
    requireText('makeRunFolder', what, text, 'pass the name of a folder');
  try {
    await makeFolder(resolve(runs));
    for (let n = 1; ; n++) {
      const folder = join(runs, name ?? (n === 1 ? base : `${base}-${n}`));
      const made = await mkdir(folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
          return false;
        },
      );
      if (made) return folder;
      if (name !== undefined) checkFree(runs, name);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { message } = ((error as Error).cause ?? error) as Error;
    throw new UsageError(`--runs: '${runs}' cannot be written, got ${message}; name another folder`, {
      cause: error,
    });
  }
}

/** Removes the folder of a run that came to nothing. */
export async function removeIfEmpty(folder: string): Promise<void> {
  requireText('removeIfEmpty', 'the folder', folder, 'pass its path');
  await rmdir(folder).catch(() => {});
}

/**
 * The run whose file of this name is newest.
 *
 * @param otherwise - What to say if there is none.
 */
export async function latestRun(runs: string, file: string, otherwise: string): Promise<string> {
  const names = await readdir(runs).catch((): string[] => []);
  const times = await Promise.all(
    names.map((name) =>
      stat(join(runs, name, file)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  const newest = Math.max(0, ...times);
  if (newest === 0) throw new UsageError(otherwise);
  return names[times.indexOf(newest)]!;
}
