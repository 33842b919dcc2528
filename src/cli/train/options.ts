import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  checkFree,
  checkThreads,
  createCommand,
  latestRun,
  number,
  type RunOptions,
  type RunRequest,
  readSettings,
  resumedFolder,
  runOptions,
  shared,
  type Telling,
  typed,
  UsageError,
  whole,
  withOptions,
} from '../command-line';
import { chooseFormat, type ImageRunSettings, imageRunOptions } from '../data/images';

/** What the command line asks for. */
export interface TrainSettings extends ImageRunSettings {
  /** A published genotype, or a file or folder that holds one. */
  readonly genotype: string;
  /** Module with operations of one's own. */
  readonly setup?: string;
  readonly channels: number;
  readonly cells: number;
  readonly epochs: number;
  readonly batch: number;
  readonly dropPath: number;
  readonly auxiliary: boolean;
  readonly network: 'found' | 'plain';
  readonly seed: number;
  /** Not in runs from before there were threads. Default 1. */
  readonly threads?: number;
}

/** File that a training keeps its state in. */
export const CHECKPOINT = 'training-checkpoint';

/** What the command line asks for, and of which run. */
export type TrainRequest = RunRequest<TrainSettings> & Telling;

/** Sizes that finish in minutes on the digits, and the paper's for CIFAR-10. */
const DIGITS = { channels: 12, cells: 5, epochs: 60, batch: 64, dropPath: 0.2, auxiliary: false };
const CIFAR10 = { channels: 36, cells: 20, epochs: 600, batch: 96, dropPath: 0.2, auxiliary: true };

const defaults = (field: keyof typeof DIGITS) => `(default: ${DIGITS[field]}, with --data ${CIFAR10[field]})`;

/** `train` with its options. */
export function createTrain(): Command {
  const command = createCommand(
    'train',
    'Trains the network of a genotype from scratch, on handwritten digits or on your images.',
    [
      ['', 'the network that the latest search found, on the digits'],
      ['--genotype noisy_darts_a --data cifar-10-batches-bin', 'a published one, on CIFAR-10'],
      ['--threads 2', 'two threads sharing each batch'],
      ['--resume', 'go on with the latest run that was stopped'],
    ],
  )
    .option(
      '--genotype <which>',
      'file that a search wrote, folder of its run, or a published genotype, such as noisy_darts_a (default: the latest in the runs)',
    )
    .addOption(shared.setup());
  withOptions(command, imageRunOptions())
    .addOption(shared.threads())
    .option(
      '--channels <n>',
      `channels of the first cell ${defaults('channels')}; a mobile network has those of its search`,
      whole(1),
    )
    .option('--cells <n>', `cells of the network ${defaults('cells')}`, whole(1))
    .option('--epochs <n>', `epochs to train for ${defaults('epochs')}`, whole(1))
    .addOption(shared.batch(` ${defaults('batch')}`))
    .option(
      '--drop-path <rate>',
      `rate that the drop path rises to ${defaults('dropPath')}`,
      number('a number from 0 to below 1', (value) => value >= 0 && value < 1),
    )
    .option('--no-auxiliary', 'leave out the auxiliary head; the digits are too small for one')
    .addOption(
      new Option(
        '--network <kind>',
        'the network of the genotype, or a plain convolutional one of as many parameters to compare with',
      )
        .choices(['found', 'plain'])
        .default('found'),
    )
    .addOption(shared.seed(0));
  return withOptions(command, [...runOptions(), shared.dryRun(), shared.json()]);
}

/** The folder of the latest search in the runs. */
async function latestSearch(runs: string): Promise<string> {
  const missing = `--genotype: '${runs}' holds no search; run one first, or choose a genotype with --genotype FILE or --genotype noisy_darts_a`;
  return join(runs, await latestRun(runs, 'alphas.json', missing));
}

/**
 * What a command line asks for, with the settings of the run that it goes on with.
 *
 * @throws UsageError or RangeError if something in it is wrong.
 */
export async function readTrain(program: Command): Promise<TrainRequest> {
  const { runs, name, resume, dryRun, json, auxiliary, ...given } = program.opts<
    Partial<TrainSettings> & RunOptions & Telling
  >();
  if (resume !== undefined) {
    const missing = `--resume: no run in '${runs}' has a training's checkpoint; start one first`;
    const folder = await resumedFolder(runs, resume, CHECKPOINT, missing);
    // A run keeps its genotype: the search that found it may be gone, or have gone on.
    const { genotype, ...changed } = typed(program, given);
    if (genotype !== undefined)
      throw new UsageError('--resume: a run keeps its genotype; leave out --genotype, or start a new run');
    const settings = { ...(await storedSettings(folder)), ...changed };
    checkThreads(settings);
    return { settings, runs, name, resume: folder, dryRun, json };
  }
  const format = await chooseFormat(given);
  if (name !== undefined) checkFree(runs, name);
  const sizes = format ? CIFAR10 : DIGITS;
  const settings = {
    ...sizes,
    ...given,
    genotype: given.genotype ?? (await latestSearch(runs)),
    ...(format && { format }),
    auxiliary: sizes.auxiliary && auxiliary === true,
  } as TrainSettings;
  checkThreads(settings);
  return { settings, runs, name, resume: undefined, dryRun, json };
}

/** The settings that a run was started with. */
export function storedSettings(folder: string): Promise<TrainSettings> {
  return readSettings(
    folder,
    (settings) => (typeof Object(settings).epochs === 'number' ? settings : undefined),
    { prefix: '--resume: ', remedy: 'name a run with --resume NAME' },
  );
}
