import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Argument, Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import { type ExperimentSettings, type Method, methods, type SpaceName, spaces } from './settings';

/** What the command line asks for. */
export type ExperimentCommand =
  | {
      readonly kind: 'run';
      readonly settings: ExperimentSettings;
      readonly folder: string;
      readonly jobs: number;
    }
  | { readonly kind: 'report'; readonly folders: readonly string[]; readonly out: string };

/** A command line that asks for what cannot be. */
export class UsageError extends Error {}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
    return value;
  };
}

function atLeastZero(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}

const SETTINGS = 'experiment.json';

/**
 * Reads a command line, and the settings of the experiment that it goes on with.
 *
 * @returns The command; undefined if it asked for help, which has been shown.
 * @throws UsageError if something in it is wrong.
 */
export async function readCommand(args: readonly string[]): Promise<ExperimentCommand | undefined> {
  let command: Promise<ExperimentCommand> | undefined;
  const program = new Command('npm run experiment --')
    .description('Searches with several methods and seeds, and compares what they find.')
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  const quiet = (sub: Command) => sub.configureOutput({ outputError: () => {} }).exitOverride();
  for (const space of spaces) {
    quiet(program.command(space))
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
      .option('--images <n>', 'images for the weights, and as many for alpha', whole(2), 800)
      .option('--table <file>', 'table of NAS-Bench-201 results to look accuracies up in')
      .option('--channels <n>', 'channels of the first cell', whole(1), 8)
      .option(
        '--cells <n>',
        'cells of the supernet, in NAS-Bench-201 of each stage',
        whole(1),
        space === 'nasbench201' ? 1 : 3,
      )
      .option('--epochs <n>', 'epochs of every run', whole(1), 50)
      .option('--batch <n>', 'images a batch', whole(1), 64)
      .option('--alpha-rate <rate>', 'learning rate of alpha', atLeastZero, 3e-4)
      .option('--alpha-decay <decay>', 'weight decay of alpha', atLeastZero, 1e-3)
      .option('--noise <lambda>', "lambda of the noisy method's Gaussian noise", atLeastZero, 0.2)
      .option(
        '--eigenvalue <n>',
        'measure the dominant eigenvalue of the Hessian over alpha every n epochs, up to 30 gradients each',
        whole(1),
      )
      .option('--runs <dir>', 'folder that holds the experiments', 'runs')
      .option('--name <name>', 'folder of this experiment below it', `experiment-${space}`)
      .option('--resume', 'go on with the experiment of this name, with the settings it was started with')
      .action((given) => {
        command = runCommand(space, given);
      });
  }
  quiet(program.command('report'))
    .description('one report of several experiments')
    .addArgument(new Argument('<folders...>', 'folders of experiments in the same space'))
    .option('--out <dir>', 'folder to write report.html, results.json and curves.svg to', 'runs/report')
    .action((folders: string[], { out }: { out: string }) => {
      command = Promise.resolve({ kind: 'report', folders, out });
    });
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    const { exitCode, message } = error as CommanderError;
    if (exitCode === 0) return undefined;
    throw new UsageError(`${message.replace(/^error: /, '')}\n--help lists the options.`);
  }
  return command;
}

async function runCommand(
  space: SpaceName,
  {
    runs,
    name,
    jobs,
    resume,
    ...given
  }: Omit<ExperimentSettings, 'space'> & { runs: string; name: string; jobs: number; resume?: boolean },
): Promise<ExperimentCommand> {
  const folder = join(runs, name);
  if (resume) return { kind: 'run', settings: await storedSettings(folder), folder, jobs };
  if (existsSync(folder))
    throw new UsageError(`'${folder}' exists; choose another --name, or go on with it by --resume`);
  return { kind: 'run', settings: { space, ...given }, folder, jobs };
}

/** Where the settings of an experiment are kept. */
export const settingsFile = (folder: string) => join(folder, SETTINGS);

/** The settings that an experiment was started with. */
export async function storedSettings(folder: string): Promise<ExperimentSettings> {
  try {
    return JSON.parse(await readFile(settingsFile(folder), 'utf8')) as ExperimentSettings;
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
