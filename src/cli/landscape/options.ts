import { type Command, Option } from 'commander';
import { createCommand, number, shared, type Telling, whole } from '../command-line';

/** What the command line asks for. */
export interface LandscapeRequest extends Telling {
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

/** `landscape` with its options. */
export function createLandscape(): Command {
  return createCommand(
    'landscape',
    'Draws the loss around the weights and alphas that a search has come to.',
    [
      ['runs/digits', 'weights and alpha together'],
      ['runs/digits --over alpha --points 11', 'alpha alone, coarser'],
    ],
  )
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
    .addOption(shared.batch().default(64))
    .addOption(shared.seed(0))
    .option('--resume', 'go on with a landscape that was stopped', false)
    .addOption(shared.dryRun('compute a few points only: settings, parameters, time it would take'))
    .addOption(shared.json());
}

/** What a command line asks for. */
export const readLandscape = (program: Command): LandscapeRequest => ({
  ...program.opts<Omit<LandscapeRequest, 'folder'>>(),
  folder: program.args[0]!,
});
