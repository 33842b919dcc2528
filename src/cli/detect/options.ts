import { type Command, Option } from 'commander';
import {
  atLeastZero,
  checkFree,
  createCommand,
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
import { isSaved } from './backbone';
import type { Part } from './data';
import type { DetectSettings } from './settings';

/** File that a training keeps its state in. */
export const CHECKPOINT = 'detection-checkpoint';

/** What the command line asks for, and of which run. */
export type DetectTrainRequest = RunRequest<DetectSettings> & Telling;

const data = () =>
  new Option(
    '--data <dir>',
    'folder with instances_train*.json, or annotations that hold it, and its pictures; val*, if there, is evaluated',
  );
const above = number('a number above 0', (value) => Number.isFinite(value) && value > 0);

/** `detect train` with its options. */
export function createDetectTrain(): Command {
  const command = createCommand(
    'detect train',
    "Trains RetinaNet on the maps of a network to find objects, on pictures in COCO's form.",
    [
      ['--data coco --backbone runs/imagenet/best', 'on COCO, from a network that has been trained'],
      ['--data coco --backbone noisy_darts_a', "with a published genotype's network, from nothing"],
      [
        '--data coco_small --backbone small --width 64 --short 256 --long 256 --anchor-size 2 --method adam --learning-rate 0.001 --batch 4',
        'a small detector, in an hour',
      ],
      ['--resume', 'go on with the latest run that was stopped'],
    ],
  )
    .name('train')
    .addOption(data())
    .addOption(shared.limit())
    .option(
      '--backbone <which>',
      'mobile (NoisyDARTS-A), small, folder of a saved network, or a genotype as train takes it',
      'mobile',
    )
    .option('--channels <n>', "channels of a genotype's network (default: 48)", whole(1))
    .option('--cells <n>', 'its cells (default: 14)', whole(1))
    .option('--width <n>', 'channels of the pyramid and the heads', whole(1), 256)
    .option('--short <n>', "most pixels of a picture's shorter side", whole(32), 800)
    .option('--long <n>', 'most pixels of its longer side', whole(32), 1333)
    .option('--anchor-size <cells>', 'side of a square anchor in cells of its map', above, 4)
    .option('--anchor-scales <n>', 'sizes of anchors to the next level', whole(1), 3)
    .option(
      '--epochs <n>',
      'epochs to train for; the learning rate falls after 2/3 and 11/12 of them',
      whole(1),
      12,
    )
    .addOption(shared.batch().default(16))
    .addOption(new Option('--method <name>', 'optimizer').choices(['sgd', 'adam']).default('sgd'))
    .option('--learning-rate <x>', 'after the warm-up', above, 0.01)
    .option('--warmup <steps>', 'steps of warm-up', whole(0), 500)
    .option('--frozen-norms', 'keep the running statistics of the norms (default: of a saved backbone)')
    .option('--no-frozen-norms', 'let them follow the pictures')
    .option('--no-flip', 'mirror no pictures')
    .option('--evaluate-every <epochs>', 'epochs between evaluations', whole(1), 1)
    .addOption(shared.backend())
    .addOption(shared.noFast())
    .addOption(shared.seed(0));
  return withOptions(command, [...runOptions(), shared.dryRun(), shared.json()]);
}

/**
 * What a command line asks for, with the settings of the run that it goes on with.
 *
 * @throws UsageError if something in it is wrong.
 */
export async function readDetectTrain(program: Command): Promise<DetectTrainRequest> {
  const { runs, name, resume, dryRun, json, ...given } = program.opts<
    DetectSettings & RunOptions & Telling
  >();
  if (resume !== undefined) {
    const missing = `--resume: no run in '${runs}' has a detector's checkpoint; start one first`;
    const folder = await resumedFolder(runs, resume, CHECKPOINT, missing);
    const settings = { ...(await storedSettings(folder, '--resume: ')), ...typed(program, given) };
    return { settings, runs, name, resume: folder, dryRun, json };
  }
  if (given.data === undefined)
    throw new UsageError('--data: a folder of pictures with boxes is needed, got none; name it');
  if (name !== undefined) checkFree(runs, name);
  const { frozenNorms = isSaved(given.backbone) } = given;
  return { settings: { ...given, frozenNorms }, runs, name, resume: undefined, dryRun, json };
}

/** The settings that a run was started with. */
export function storedSettings(folder: string, prefix = ''): Promise<DetectSettings> {
  return readSettings(
    folder,
    (settings) => (typeof Object(settings).anchorSize === 'number' ? settings : undefined),
    { prefix, remedy: 'name the folder of a run that detect train has begun' },
  );
}

/** What `detect test` asks for. */
export interface DetectTestRequest {
  readonly data?: string;
  readonly part: Part;
  readonly limit?: number;
  readonly short?: number;
  readonly long?: number;
  readonly score: number;
  readonly out?: string;
  readonly backend: 'wasm' | 'cpu';
  readonly fast: boolean;
  readonly json: boolean;
}

/** `detect test` with its options. */
export function createDetectTest(): Command {
  return createCommand(
    'detect test',
    "Tells a detector's average precision as COCO computes it, all twelve figures.",
    [
      ['runs/detect', 'on the val* part of the data that the run was trained with'],
      ['runs/detect --part train --json', 'on its training part, for programs'],
      ['runs/detect --data coco --out found.json', "on other data, boxes kept in COCO's results form"],
    ],
  )
    .name('test')
    .argument('<folder>', 'folder of the run, as in runs/detect, or of a saved detector')
    .addOption(data())
    .addOption(
      new Option('--part <name>', 'part of the data')
        .choices(['train', 'val'] satisfies Part[])
        .default('val'),
    )
    .option('--limit <n>', 'test on the first n pictures only', whole(1))
    .option('--short <n>', "most pixels of a picture's shorter side (default: as trained)", whole(32))
    .option('--long <n>', 'most pixels of its longer side (default: as trained)', whole(32))
    .option('--score <x>', 'scores up to this are passed over', atLeastZero, 0.05)
    .option('--out <file>', "file for every box, in COCO's results form")
    .addOption(shared.backend())
    .addOption(shared.noFast())
    .addOption(shared.json());
}
