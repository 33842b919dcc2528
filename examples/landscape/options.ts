import { Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../search/options';

/** What the command line asks for. */
export interface LandscapeCommand {
  /** Folder of the run. */
  readonly folder: string;
  readonly over: 'both' | 'weights' | 'alpha';
  readonly points: number;
  readonly radius: number;
  readonly images: number;
  readonly batch: number;
  readonly seed: number;
  readonly resume: boolean;
}

function number(what: string, good: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !good(value)) throw new InvalidArgumentError(`It must be ${what}.`);
    return value;
  };
}

const whole = (least: number) =>
  number(`a whole number of at least ${least}`, (value) => Number.isSafeInteger(value) && value >= least);

function createProgram(): Command {
  return new Command('npm run landscape --')
    .description('Draws the loss around the weights and alphas that a search has come to.')
    .argument('<folder>', 'folder of the run, as in runs/digits')
    .addOption(
      new Option('--over <what>', 'what moves').choices(['both', 'weights', 'alpha']).default('both'),
    )
    .option('--points <n>', 'points along each of the two directions', whole(2), 21)
    .option(
      '--radius <r>',
      "distance of the outermost points, in the parameters' own lengths",
      number('a number above 0', (value) => Number.isFinite(value) && value > 0),
      1,
    )
    .option('--images <n>', 'the first n validation images', whole(1), 256)
    .option('--batch <n>', 'images a batch', whole(1), 64)
    .option('--seed <n>', 'seed of the two directions', whole(0), 0)
    .option('--resume', 'go on with a landscape that was stopped', false)
    .configureOutput({ outputError: () => {} })
    .exitOverride();
}

/**
 * Reads a command line.
 *
 * @returns The command; undefined if it asked for help, which has been shown.
 * @throws UsageError if something in it is wrong.
 */
export function readCommand(args: readonly string[]): LandscapeCommand | undefined {
  const program = createProgram();
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    const { exitCode, message } = error as CommanderError;
    if (exitCode === 0) return undefined;
    throw new UsageError(`${message.replace(/^error: /, '')}\n--help lists the options.`);
  }
  return { ...program.opts<Omit<LandscapeCommand, 'folder'>>(), folder: program.args[0]! };
}
