import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  createCommand,
  latestRun,
  shared,
  type Telling,
  UsageError,
  whole,
  withOptions,
} from '../command-line';
import { type ImageRunSettings, imageRunOptions } from '../data/images';
import { CHECKPOINT } from '../train/options';

/** What a network may be written as. */
export const FORMS = [
  'tfjs',
  'tfjs-float16',
  'tfjs-uint16',
  'tfjs-uint8',
  'onnx',
  'onnx-float16',
  'onnx-int8',
] as const;
export type Form = (typeof FORMS)[number];

/** What the command line asks for. */
export interface ExportRequest extends ImageRunSettings, Telling {
  /** Folder of the model's `model.json`; without one a stopped training, or a genotype that nobody has trained. */
  readonly model?: string;
  /** Folder of the stopped training. */
  readonly training?: string;
  readonly genotype?: string;
  readonly channels: number;
  readonly cells: number;
  readonly seed: number;
  readonly to?: readonly Form[];
  readonly calibration: number;
  readonly out: string;
}

/** Where a run keeps its network, and a folder of {@link saveModel} itself; the best weights before the last. */
const PLACES = ['.', 'best', 'network', 'standard'];

/** The folder in or below this one that holds a `model.json`. */
function modelIn(folder: string): string {
  const place = PLACES.find((name) => existsSync(join(folder, name, 'model.json')));
  if (place === undefined)
    throw new UsageError(
      `'${folder}' holds no model, got no model.json; name the folder of a saved model, or of a finished run of train or find`,
    );
  return join(folder, place);
}

/** The network that was trained last in the runs. */
async function latestModel(runs: string): Promise<string> {
  const missing = `'${runs}' holds no trained network; name the folder of a saved model, or a genotype with --genotype`;
  return modelIn(join(runs, await latestRun(runs, join('standard', 'model.json'), missing)));
}

/** `export` with its options. */
export function createExport(): Command {
  const command = createCommand(
    'export',
    'Writes a network as others read it: stock TensorFlow.js layers and ONNX, in numbers of several sizes.',
    [
      ['', 'the network that was trained last, in every form, with size and accuracy of each'],
      ['runs/train-digits --to onnx-int8 tfjs-uint8', 'the two smallest forms of a run'],
      ['my-model --to onnx --data my-images --out out', 'a saved model, tested on images'],
      ['--genotype noisy_darts_a --to onnx', 'a network that nobody has trained, to see how fast it is'],
    ],
  )
    .argument(
      '[model]',
      'folder of a saved model, or of a run of train, also a stopped one, or find (default: the latest in the runs)',
    )
    .addOption(
      new Option('--to <forms...>', `what to write: ${FORMS.join(', ')} (default: all that can be)`).choices(
        FORMS,
      ),
    )
    .option('--out <dir>', 'folder to write to (default: export in the folder of the model or run)');
  return withOptions(command, [...imageRunOptions(), shared.runs()])
    .option('--calibration <n>', 'training images that int8 is calibrated on', whole(1), 256)
    .option(
      '--genotype <which>',
      'in place of a model: file that a search wrote, folder of its run, or a published genotype',
    )
    .option('--channels <n>', 'channels of the first cell, with --genotype', whole(1), 12)
    .option('--cells <n>', 'cells of the network, with --genotype', whole(1), 5)
    .addOption(shared.seed(0))
    .addOption(shared.dryRun('say what would be written and how large, and write nothing'))
    .addOption(shared.json());
}

/**
 * What a command line asks for.
 *
 * @throws UsageError if there is no such model.
 */
export async function readExport(program: Command): Promise<ExportRequest> {
  const { runs, out, ...given } = program.opts<
    Omit<ExportRequest, 'model' | 'out'> & { readonly out?: string; readonly runs: string }
  >();
  const [folder] = program.args;
  if (given.genotype !== undefined) {
    if (folder !== undefined)
      throw new UsageError(
        `--genotype: one network is written, got '${folder}' besides; leave one of them out`,
      );
    return { ...given, out: out ?? join(runs, 'export') };
  }
  const isStopped = folder !== undefined && existsSync(join(folder, CHECKPOINT));
  if (isStopped && !existsSync(join(folder, 'standard')))
    return { ...given, training: folder, out: out ?? join(folder, 'export') };
  const model = folder === undefined ? await latestModel(runs) : modelIn(folder);
  const beside = folder ?? join(model, '..');
  return { ...given, model, out: out ?? join(beside, 'export') };
}
