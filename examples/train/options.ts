import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import { chooseFormat, type DataFormat, dataOptions } from '../data/images';

/** What the command line asks for. */
export interface TrainSettings {
  readonly genotype?: string;
  readonly name?: string;
  readonly data?: string;
  readonly format?: DataFormat;
  readonly imageSize?: number;
  readonly limit?: number;
  readonly backend: 'wasm' | 'cpu';
  readonly fast: boolean;
  readonly channels: number;
  readonly cells: number;
  readonly epochs: number;
  readonly batch: number;
  readonly dropPath: number;
  readonly auxiliary: boolean;
  readonly network: 'found' | 'plain';
  readonly seed: number;
}

/** The settings of a run, its folder, and whether it goes on from a checkpoint there. */
export interface TrainCommand {
  readonly settings: TrainSettings;
  readonly folder: string;
  readonly resume: boolean;
}

/** A command line that asks for what cannot be. */
export class UsageError extends Error {}

/** Sizes that finish in minutes on the digits, and the paper's for CIFAR-10. */
const DIGITS = { channels: 12, cells: 5, epochs: 60, batch: 64, dropPath: 0.2, auxiliary: false };
const CIFAR10 = { channels: 36, cells: 20, epochs: 600, batch: 96, dropPath: 0.2, auxiliary: true };

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < 1)) {
    throw new InvalidArgumentError('It must be a number from 0 to below 1.');
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
  return new Command('npm run train --')
    .description('Trains the network of a genotype from scratch, on handwritten digits or on your images.')
    .addOption(
      new Option(
        '--genotype <file>',
        'genotype.json of a search (default: the latest in the runs)',
      ).conflicts('name'),
    )
    .option('--name <name>', 'a published genotype instead, for example noisy_darts_a')
    .option('--data <dir>', 'folder of images, see docs/data.md (default: the digits in examples/data)')
    .addOption(format)
    .addOption(imageSize)
    .option('--limit <n>', 'train on the first n training images only', whole(2))
    .addOption(
      new Option('--backend <name>', 'tfjs backend to run on').choices(['wasm', 'cpu']).default('wasm'),
    )
    .option('--no-fast', 'keep to the generic kernels on the wasm backend')
    .option('--channels <n>', `channels of the first cell ${defaults('channels')}`, whole(1))
    .option('--cells <n>', `cells of the network ${defaults('cells')}`, whole(1))
    .option('--epochs <n>', `epochs to train for ${defaults('epochs')}`, whole(1))
    .option('--batch <n>', `images a batch ${defaults('batch')}`, whole(1))
    .option('--drop-path <rate>', `rate that the drop path rises to ${defaults('dropPath')}`, share)
    .option('--no-auxiliary', 'leave out the auxiliary head; the digits are too small for one')
    .addOption(
      new Option(
        '--network <kind>',
        'the network of the genotype, or a plain convolutional one of as many parameters to compare with',
      )
        .choices(['found', 'plain'])
        .default('found'),
    )
    .option('--seed <n>', 'seed of everything random', whole(0), 0)
    .option('--runs <dir>', 'folder that holds the runs', 'runs')
    .addOption(
      new Option('--run <name>', 'folder of this run below it (default: a free one)')
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
export async function readCommand(args: readonly string[]): Promise<TrainCommand | undefined> {
  const program = createProgram();
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    const { exitCode, message } = error as CommanderError;
    if (exitCode === 0) return undefined;
    throw new UsageError(`${message.replace(/^error: /, '')}\n--help lists the options.`);
  }
  const { runs, run, resume, auxiliary, ...given } = program.opts<
    Partial<TrainSettings> & { runs: string; run?: string; resume?: string | true }
  >();
  if (resume !== undefined) {
    const folder = join(runs, resume === true ? await latest(runs, 'training-checkpoint') : resume);
    const typed = Object.entries(given).filter(([key]) => program.getOptionValueSource(key) === 'cli');
    return {
      settings: { ...(await storedSettings(folder)), ...Object.fromEntries(typed) },
      folder,
      resume: true,
    };
  }
  const format = await chooseFormat(given);
  const folder = join(runs, run ?? freeName(runs, `train-${format ?? 'digits'}`));
  if (existsSync(folder)) {
    throw new UsageError(`'${folder}' exists; choose another --run, or go on with it by --resume ${run}`);
  }
  const sizes = format ? CIFAR10 : DIGITS;
  const genotype =
    given.name === undefined && given.genotype === undefined
      ? { genotype: join(runs, await latest(runs, 'alphas.json'), 'genotype.json') }
      : {};
  return {
    settings: {
      ...sizes,
      ...genotype,
      ...given,
      ...(format && { format }),
      auxiliary: sizes.auxiliary && auxiliary === true,
    } as TrainSettings,
    folder,
    resume: false,
  };
}

function freeName(runs: string, base: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!existsSync(join(runs, name))) return name;
  }
}

/** The run whose file of this name is newest. */
async function latest(runs: string, file: string): Promise<string> {
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
  if (newest === 0) {
    throw new UsageError(
      file === 'alphas.json'
        ? `'${runs}' holds no search; run one first, or choose a genotype with --genotype FILE or --name noisy_darts_a`
        : `--resume: no run in '${runs}' has a training's checkpoint; start one first`,
    );
  }
  return names[times.indexOf(newest)]!;
}

/** The settings that a run was started with. */
async function storedSettings(folder: string): Promise<TrainSettings> {
  try {
    return JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8')) as TrainSettings;
  } catch (error) {
    throw new UsageError(
      `--resume: '${folder}' holds no settings of a run, got ${(error as Error).message}; name a run with --resume NAME`,
    );
  }
}
