import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option, type ParseOptionsResult } from 'commander';
import { UsageError } from './usage-error';

/** Options by their words, and under the name of a command those of it alone. */
type OptionsFile = Readonly<Record<string, unknown>>;

/** All commands, once there is a program of them: an option that one of them does not have another one may. */
let everyCommand: () => readonly Command[] = () => [];

/** Tells files of options which commands there are. */
export function knowCommands(commands: () => readonly Command[]): void {
  everyCommand = commands;
}

/** `--config`: a file of options. */
export const configOption = (): Option =>
  new Option('--config <file>', 'JSON file of options for all commands; what is typed goes before it');

/** `latency-limit` as `latencyLimit`. */
const camelCase = (word: string) => word.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const isRecord = (value: unknown): value is OptionsFile =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `search` of what is called `npm run search --`. */
const nameOf = (command: Command): string =>
  command
    .name()
    .split(' ')
    .filter((word) => !word.startsWith('-'))
    .at(-1)!;

/** The words that commands, and those below them, have options of. */
const wordsOf = (commands: readonly Command[]): Set<string> =>
  new Set(
    commands.flatMap(({ options, commands: below }) => [
      ...options.map((option) => option.attributeName()),
      ...wordsOf(below),
    ]),
  );

/** The options of a file that a command has, those under its own name before those of all. */
function readOptions(file: string, command: Command): ReadonlyMap<string, unknown> {
  const wrong = (fault: string, got: string, remedy = '--help lists the options') =>
    new UsageError(`--config: '${file}' ${fault}, got ${got}; ${remedy}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong('holds no options', (error as Error).message, 'name a file of JSON');
  }
  if (!isRecord(parsed))
    throw wrong('holds no options', JSON.stringify(parsed), 'write for example { "epochs": 20 }');
  // A command of a command, such as the experiment in one space, goes by the name of that.
  const { parent } = command;
  const named = parent?.options.some((option) => option.attributeName() === 'config') ? parent : command;
  const sections = new Map([...everyCommand(), named].map((one) => [nameOf(one), wordsOf([one])]));
  const mine = wordsOf([command]);
  const all = new Set([...sections.values()].flatMap((words) => [...words]));
  const found = new Map<string, unknown>();
  const take = (options: OptionsFile, known: ReadonlySet<string>, whose: string, isMine: boolean) => {
    for (const [typed, value] of Object.entries(options)) {
      const word = camelCase(typed);
      if (!known.has(word) || word === 'config')
        throw wrong(`holds an option that ${whose} has`, `'${typed}'`);
      if (isMine && mine.has(word)) found.set(word, value);
    }
  };
  const isSection = ([key, value]: [string, unknown]) => isRecord(value) && sections.has(key);
  const entries = Object.entries(parsed);
  take(Object.fromEntries(entries.filter((entry) => !isSection(entry))), all, 'no command', true);
  for (const [section, options] of entries.filter(isSection))
    take(options as OptionsFile, sections.get(section)!, `no ${section}`, section === nameOf(named));
  return found;
}

/** Names of options that an option goes not together with, if it says so itself. */
const conflictsOf = (option: Option) =>
  (option as Option & { readonly conflictsWith: readonly string[] }).conflictsWith;

/** The value of an option as if it had been typed. */
function optionValue(option: Option, value: unknown): unknown {
  const refuse = (what: string) => {
    throw new InvalidArgumentError(`It must be ${what}.`);
  };
  const parse = (one: unknown, before?: unknown): unknown => {
    if (typeof one !== 'string' && typeof one !== 'number') return refuse('a text or a number');
    return option.parseArg ? option.parseArg(String(one), before as never) : String(one);
  };
  if (option.isBoolean() || option.negate)
    return typeof value === 'boolean' ? value : refuse('true or false');
  if (option.optional && value === true) return true;
  if (!option.variadic) return parse(value);
  const all = [value].flat();
  return option.parseArg
    ? all.reduce((before: unknown, one) => parse(one, before), undefined)
    : all.map((one) => parse(one));
}

/**
 * Gives a command the options of the file that its `--config` names, but those that were typed and those that what was typed
 * excludes.
 *
 * @throws UsageError, with the file's name, if it holds what no command has, or what cannot be.
 */
function applyOptionsFile(command: Command): void {
  const { config: file } = command.optsWithGlobals<{ readonly config?: string }>();
  if (file === undefined) return;
  // It is no setting of a run; a command that has others keeps it for them.
  if (command.commands.length === 0 && command.getOptionValue('config') !== undefined)
    command.setOptionValueWithSource('config', undefined, 'default');
  const given = readOptions(file, command);
  const isTyped = (key: string) => command.getOptionValueSource(key) === 'cli';
  const excluded = (option: Option): string[] => {
    const key = option.attributeName();
    const others = command.options.filter((other) => conflictsOf(other).includes(key));
    return [...conflictsOf(option), ...others.map((other) => other.attributeName())];
  };
  for (const option of command.options) {
    const key = option.attributeName();
    const others = excluded(option);
    if (!given.has(key) || isTyped(key) || others.some(isTyped)) continue;
    const clash = others.find((other) => given.has(other));
    if (clash !== undefined)
      throw new UsageError(
        `--config: '${file}' holds options that exclude each other, got '${key}' and '${clash}'; leave one out`,
      );
    try {
      command.setOptionValueWithSource(key, optionValue(option, given.get(key)), 'config');
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new UsageError(
        `--config: '${file}' holds a wrong value of '${key}', got ${JSON.stringify(given.get(key))}; ${error.message}`,
        { cause: error },
      );
    }
  }
}

/** A command that takes options from a file too, as if they were defaults. */
export class FileCommand extends Command {
  override createCommand(name?: string): Command {
    return new FileCommand(name);
  }

  override parseOptions(argv: string[]): ParseOptionsResult {
    const parsed = super.parseOptions(argv);
    // Before commander looks for those that must be there.
    applyOptionsFile(this);
    return parsed;
  }
}
