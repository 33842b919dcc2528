import { type Command, Option } from 'commander';
import { type SearchPolicy, type SearchSpace, type VariantName, variants } from 'noisydarts';
import { oles, stopOnEigenvalue, stopOnSkips, stopOnStableRanking } from 'noisydarts/search';
import {
  checkFree,
  checkThreads,
  createCommand,
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
import {
  checkLatency,
  imagesOrMilliseconds,
  type LatencySettings,
  latencyOptions,
  readLimit,
} from './latency';
import { checkSelection, goOnWith, type SelectionSettings, selectionOptions } from './selection';
import { type StrategyName, searchOptions } from './spaces';

/** Rules that may stop a search, or freeze operations, by name. */
export const policies = {
  eigenvalue: () => stopOnEigenvalue(),
  skips: () => stopOnSkips(),
  ranking: (space: SearchSpace) => stopOnStableRanking(space),
  oles: () => oles(),
} satisfies Record<string, (space: SearchSpace) => SearchPolicy>;
type PolicyName = keyof typeof policies;

/** What the command line asks for. */
export interface SearchSettings extends ImageRunSettings, LatencySettings, SelectionSettings {
  readonly threads: number;
  /** Default `'darts'`. */
  readonly space?: string;
  /** Module with operations and spaces of one's own. */
  readonly setup?: string;
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

/** What the command line asks for, and of which run. */
export type SearchRequest = RunRequest<SearchSettings> & Telling;

/** Sizes that finish in minutes on the digits, and the paper's for CIFAR-10. */
const DIGITS = { channels: 4, cells: 3, epochs: 20 };
const CIFAR10 = { channels: 16, cells: 8, epochs: 50 };

const defaults = (field: keyof typeof DIGITS) => `(default: ${DIGITS[field]}, with --data ${CIFAR10[field]})`;

/** `search` with its options. */
export function createSearch(): Command {
  const command = createCommand(
    'search',
    'Searches for an architecture with NoisyDARTS, on handwritten digits or on your images.',
    [
      ['', 'on the digits that come with the package'],
      ['--data cifar-10-batches-bin --threads 2', 'on CIFAR-10, two threads sharing each batch'],
      ['--space nasbench201 --strategy gdas', 'in another space, by another method'],
      ['--resume', 'go on with the latest run that was stopped'],
      ['--resume digits --selection perturbation', 'read another genotype out of a search that is done'],
    ],
  );
  withOptions(command, imageRunOptions(imagesOrMilliseconds(shared.limit())))
    .addOption(shared.threads())
    .addOption(searchOptions.space('; mobile takes its sizes from the paper'))
    .addOption(shared.setup())
    .addOption(searchOptions.strategy())
    .addOption(
      new Option('--variant <letter>', 'published noise setting, a to n (default: a, Gaussian of lambda 0.2)')
        .choices(Object.keys(variants))
        .conflicts('noise'),
    )
    .addOption(searchOptions.noise('; 0 for plain DARTS'))
    .option('--channels <n>', `channels of the first cell ${defaults('channels')}`, whole(1))
    .option('--cells <n>', `cells of the supernet, in nasbench201 of a stage ${defaults('cells')}`, whole(1))
    .option('--epochs <n>', `epochs to search for ${defaults('epochs')}`, whole(1))
    .addOption(shared.batch().default(64))
    .addOption(shared.seed(10))
    .option(
      '--diagnostics',
      'measure the largest eigenvalue over alpha and the discretisation gap every epoch',
    )
    .addOption(
      new Option(
        '--policy <name>',
        "stop early by a rule, RobustDARTS's or one of the two of DARTS+, or freeze operations by that of OLES",
      ).choices(Object.keys(policies)),
    );
  return withOptions(command, [
    ...selectionOptions(),
    ...latencyOptions(),
    ...runOptions(),
    shared.dryRun(),
    shared.json(),
  ]);
}

/**
 * What a command line asks for, with the settings of the run that it goes on with.
 *
 * @throws UsageError or RangeError if something in it is wrong.
 */
export async function readSearch(program: Command): Promise<SearchRequest> {
  const { runs, name, resume, dryRun, json, ...given } = program.opts<
    Partial<SearchSettings> & RunOptions & Telling
  >();
  if (resume !== undefined) {
    const missing = `--resume: no run in '${runs}' has a checkpoint; start one first`;
    const folder = await resumedFolder(runs, resume, 'checkpoint', missing);
    const settings = check(goOnWith(await storedSettings(folder), readLimit(typed(program, given))));
    return { settings, runs, name, resume: folder, dryRun, json };
  }
  const format = await chooseFormat(given);
  if (name !== undefined) checkFree(runs, name);
  const sizes = format ? CIFAR10 : DIGITS;
  const settings = { ...sizes, ...readLimit(given), ...(format && { format }) } as SearchSettings;
  return { settings: check(settings), runs, name, resume: undefined, dryRun, json };
}

function check(settings: SearchSettings): SearchSettings {
  if (settings.space === 's4' && settings.noise !== 0) {
    throw new UsageError('--space s4 has no skip connection that noise could fall on; add --noise 0');
  }
  checkThreads(settings);
  checkLatency(settings);
  checkSelection(settings);
  return settings;
}

/** The settings that a run was started with. */
export function storedSettings(folder: string): Promise<SearchSettings> {
  return readSettings(
    folder,
    ({ command }) => (typeof Object(command).epochs === 'number' ? command : undefined),
    { remedy: 'name a run that the command search has begun' },
  );
}
