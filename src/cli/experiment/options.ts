import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import {
  atLeastZero,
  checkFree,
  createCommand,
  shared,
  type Telling,
  typed,
  UsageError,
  whole,
} from '../command-line';
import { configOption } from '../options-file';
import { type ExperimentSettings, type Method, methods, type SpaceName, spaces } from './settings';

/** An experiment to run. */
export interface ExperimentRequest extends Telling {
  readonly settings: ExperimentSettings;
  readonly runs: string;
  readonly name: string;
  readonly jobs: number;
  readonly resume: boolean;
}

/** A report to write. */
export interface ReportRequest {
  readonly json: boolean;
  readonly folders: readonly string[];
  readonly out: string;
}

const SETTINGS = 'experiment.json';

/** `experiment`, with a command for each space and `report`. */
export function createExperiment(
  run: (request: ExperimentRequest) => Promise<void>,
  compare: (request: ReportRequest) => Promise<void>,
): Command {
  const program = createCommand(
    'experiment',
    'Searches with several methods and seeds, and compares what they find.',
    [
      [
        'nasbench201 --data cifar-10-batches-bin --table nb201.csv',
        'found cells by their published accuracies',
      ],
      ['s2 --seeds 1 --eigenvalue 5', 'the Hessian over alpha in a space of RobustDARTS'],
    ],
  );
  for (const space of spaces) {
    program
      .command(space)
      .description(
        space === 'nasbench201'
          ? 'the NAS-Bench-201 space, with accuracies looked up in a table'
          : `the space ${space.toUpperCase()} of RobustDARTS`,
      )
      .addOption(
        new Option('--method <names...>', 'methods to compare').choices(methods).default([...methods]),
      )
      .option('--seeds <n>', 'runs of each method', whole(1), 3)
      .option('--jobs <n>', 'runs at a time, a process each', whole(1), 1)
      .option('--data <dir>', "folder of CIFAR-10's binary files (default: the digits in examples/data)")
      .addOption(shared.limit().default(1600))
      .option('--table <file>', 'table of NAS-Bench-201 results to look accuracies up in')
      .option('--channels <n>', 'channels of the first cell', whole(1), 8)
      .option(
        '--cells <n>',
        'cells of the supernet, in NAS-Bench-201 of each stage',
        whole(1),
        space === 'nasbench201' ? 1 : 3,
      )
      .option('--epochs <n>', 'epochs of every run', whole(1), 50)
      .addOption(shared.batch().default(64))
      .option('--alpha-rate <rate>', 'learning rate of alpha', atLeastZero, 3e-4)
      .option('--alpha-decay <decay>', 'weight decay of alpha', atLeastZero, 1e-3)
      .option('--noise <lambda>', "lambda of the noisy method's Gaussian noise", atLeastZero, 0.2)
      .option(
        '--eigenvalue <n>',
        'measure the dominant eigenvalue of the Hessian over alpha every n epochs, up to 30 gradients each',
        whole(1),
      )
      .addOption(configOption())
      .addOption(shared.runs())
      .addOption(shared.name(`experiment-${space}`))
      .option('--resume', 'go on with the experiment of this name, with the settings it was started with')
      .addOption(
        shared.dryRun('run a few steps of one search only: settings, searches, memory, time it would take'),
      )
      .addOption(shared.json())
      .action(async (_, command) => run(await readExperiment(space, command)));
  }
  program
    .command('report')
    .description('one report of several experiments')
    .addArgument(new Argument('<folders...>', 'folders of experiments in the same space'))
    .option('--out <dir>', 'folder to write report.html, results.json and curves.svg to', 'runs/report')
    .addOption(shared.json())
    .action((folders: string[], options: Omit<ReportRequest, 'folders'>) => compare({ folders, ...options }));
  return program;
}
async function readExperiment(space: SpaceName, program: Command): Promise<ExperimentRequest> {
  const {
    runs,
    name = `experiment-${space}`,
    jobs,
    resume = false,
    dryRun,
    json,
    ...given
  } = program.opts<
    Omit<ExperimentSettings, 'space'> & Telling & { runs: string; name?: string; jobs: number; resume?: true }
  >();
  if (!resume) {
    checkFree(runs, name);
    return { settings: { space, ...given }, runs, name, jobs, resume, dryRun, json };
  }
  const settings = await storedSettings(join(runs, name));
  const changed = { ...(settings.space !== space && { space }), ...typed(program, given) };
  if (Object.keys(changed).length > 0)
    throw new UsageError(
      `--resume: an experiment goes on as it was started, got ${Object.keys(changed).join(', ')}; leave it out`,
    );
  return { settings, runs, name, jobs, resume, dryRun, json };
}

/** Where the settings of an experiment are kept. */
export const settingsFile = (folder: string) => join(folder, SETTINGS);

/** The settings that an experiment was started with. */
export async function storedSettings(folder: string): Promise<ExperimentSettings> {
  try {
    const settings = JSON.parse(await readFile(settingsFile(folder), 'utf8'));
    if (typeof settings?.epochs !== 'number') throw new Error('a file of something else');
    return settings as ExperimentSettings;
  } catch (error) {
    throw new UsageError(
      `'${folder}' holds no experiment, got ${(error as Error).message}; name the folder of one that was started`,
    );
  }
}

/** How a method is called in a report, if several experiments stand in it. */
export function methodTitle(
  method: Method,
  { noise }: ExperimentSettings,
  folder: string,
  several: boolean,
): string {
  const title = method === 'darts' ? 'DARTS' : `NoisyDARTS, λ = ${noise}`;
  return several ? `${title} (${basename(folder)})` : title;
}
