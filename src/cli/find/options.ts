import type { Command } from 'commander';
import {
  checkFree,
  createCommand,
  type RunOptions,
  type RunRequest,
  readSettings,
  resumedFolder,
  runOptions,
  shared,
  type Telling,
  typed,
  whole,
  withOptions,
} from '../command-line';
import { chooseFormat, type ImageRunSettings, imageRunOptions } from '../data/images';
import {
  checkLatency,
  imagesOrMilliseconds,
  type LatencySettings,
  latencyOptions,
  readLimit,
} from '../search/latency';
import { type StrategyName, searchOptions } from '../search/spaces';

/** File that a run keeps its state in. */
export const CHECKPOINT = 'find-checkpoint';

/** What the command line asks for. */
export interface FindSettings extends ImageRunSettings, LatencySettings {
  readonly space?: string;
  readonly setup?: string;
  readonly strategy?: StrategyName;
  readonly noise?: number;
  readonly channels: number;
  readonly cells: number;
  readonly epochs: number;
  readonly trainChannels: number;
  readonly trainCells: number;
  readonly trainEpochs: number;
  readonly batch: number;
  readonly seed: number;
}

/** What the command line asks for, and of which run. */
export type FindRequest = RunRequest<FindSettings> & Telling;

/** Sizes that finish in minutes on the digits, and the paper's for CIFAR-10. */
const DIGITS = { channels: 4, cells: 3, epochs: 20, trainChannels: 12, trainCells: 5, trainEpochs: 60 };
const CIFAR10 = { channels: 16, cells: 8, epochs: 50, trainChannels: 36, trainCells: 20, trainEpochs: 600 };

const defaults = (field: keyof typeof DIGITS) => `(default: ${DIGITS[field]}, with --data ${CIFAR10[field]})`;

/** `find` with its options. */
export function createFind(): Command {
  const command = createCommand(
    'find',
    'Searches for a network, trains it from scratch and tests it, on handwritten digits or on your images.',
    [
      ['', 'on the digits that come with the package'],
      ['--data cifar-10-batches-bin', 'on CIFAR-10'],
      ['--latency table.json --limit 4ms', 'a network that takes at most 4 ms where the table was measured'],
      ['--resume', 'go on with the latest run that was stopped'],
    ],
  );
  withOptions(command, imageRunOptions(imagesOrMilliseconds(shared.limit())))
    .addOption(searchOptions.space())
    .addOption(shared.setup())
    .addOption(searchOptions.strategy())
    .addOption(searchOptions.noise(' (default: 0.2); 0 for plain DARTS'))
    .option('--channels <n>', `channels of the supernet's first cell ${defaults('channels')}`, whole(1))
    .option('--cells <n>', `cells of the supernet, in nasbench201 of a stage ${defaults('cells')}`, whole(1))
    .option('--epochs <n>', `epochs to search for ${defaults('epochs')}`, whole(1))
    .option('--train-channels <n>', `channels of the found network ${defaults('trainChannels')}`, whole(1))
    .option('--train-cells <n>', `cells of the found network ${defaults('trainCells')}`, whole(1))
    .option('--train-epochs <n>', `epochs to train it for ${defaults('trainEpochs')}`, whole(1))
    .addOption(shared.batch().default(64))
    .addOption(shared.seed(10));
  return withOptions(command, [...latencyOptions(), ...runOptions(), shared.dryRun(), shared.json()]);
}

/**
 * What a command line asks for, with the settings of the run that it goes on with.
 *
 * @throws UsageError or RangeError if something in it is wrong.
 */
export async function readFind(program: Command): Promise<FindRequest> {
  const { runs, name, resume, dryRun, json, ...given } = program.opts<
    Partial<FindSettings> & RunOptions & Telling
  >();
  if (resume !== undefined) {
    const missing = `--resume: no run in '${runs}' has a ${CHECKPOINT}; start one first`;
    const folder = await resumedFolder(runs, resume, CHECKPOINT, missing);
    const settings = { ...(await storedSettings(folder)), ...readLimit(typed(program, given)) };
    checkLatency(settings);
    return { settings, runs, name, resume: folder, dryRun, json };
  }
  const format = await chooseFormat(given);
  if (name !== undefined) checkFree(runs, name);
  const sizes = format ? CIFAR10 : DIGITS;
  const settings = { ...sizes, ...readLimit(given), ...(format && { format }) } as FindSettings;
  checkLatency(settings);
  return { settings, runs, name, resume: undefined, dryRun, json };
}

/** The settings that a run was started with. */
function storedSettings(folder: string): Promise<FindSettings> {
  return readSettings(
    folder,
    ({ command }) => (typeof Object(command).trainEpochs === 'number' ? command : undefined),
    { prefix: '--resume: ', remedy: 'name a run that the command find has begun' },
  );
}
