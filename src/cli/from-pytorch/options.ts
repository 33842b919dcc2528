import { type Command, Option } from 'commander';
import type { Genotype } from 'noisydarts';
import type { NetworkKind } from 'noisydarts/network';
import { createCommand, shared, type Telling, UsageError, whole } from '../command-line';
import { readGenotype } from '../train/genotype';

/** What the command line asks for. */
export interface FromPytorchSettings extends Telling {
  /** Undefined: make a file with PyTorch first. */
  readonly file: string | undefined;
  readonly genotype: Genotype;
  readonly kind: NetworkKind;
  readonly channels: number;
  readonly cells: number;
  readonly classes: number;
  readonly size: number;
  readonly save?: string;
  readonly python: string;
}

/** Sizes of the networks that the official code trains, and ones that PyTorch makes in a second. */
const OFFICIAL = {
  cifar: { channels: 36, cells: 20, classes: 10, size: 32 },
  imagenet: { channels: 48, cells: 14, classes: 1000, size: 224 },
};
const SMALL = {
  cifar: { channels: 4, cells: 4, classes: 10, size: 32 },
  imagenet: { channels: 4, cells: 4, classes: 10, size: 224 },
};

/** `from-pytorch` with its options. */
export function createFromPytorch(): Command {
  return createCommand(
    'from-pytorch',
    'Loads weights that the official PyTorch code trained, from a safetensors file.',
    [
      ['weights.safetensors --genotype noisy_darts_a', 'a network that the official code trained'],
      ['', 'there and back with PyTorch on this machine'],
    ],
  )
    .argument('[file]', 'safetensors file of a state dict (default: one that PyTorch makes on the spot)')
    .option(
      '--genotype <which>',
      'genotype of the network: a file that a search wrote, or a published one',
      'noisy_darts_a',
    )
    .addOption(
      new Option('--kind <kind>', 'network for small or for large images')
        .choices(['cifar', 'imagenet'])
        .default('cifar'),
    )
    .option('--channels <n>', 'channels of the first cell', whole(1))
    .option('--cells <n>', 'cells', whole(1))
    .option('--classes <n>', 'classes', whole(1))
    .option('--size <n>', 'side of an image in pixels', whole(1))
    .option('--save <dir>', 'folder to save the network in, as tf.loadLayersModel reads it')
    .option('--python <path>', 'Python that has PyTorch', '/usr/bin/python3')
    .addOption(shared.dryRun('load nothing: settings and parameters of the network'))
    .addOption(shared.json());
}

/** What a command line asks for. */
export async function readFromPytorch(program: Command): Promise<FromPytorchSettings> {
  const { genotype: source, ...given } = program.opts<
    Omit<FromPytorchSettings, 'genotype' | 'file'> & { genotype: string }
  >();
  const found = await readGenotype(source);
  if (found.kind !== 'darts')
    throw new UsageError(
      `--genotype: the official code makes networks of two cells, got one of ${found.kind}; name another`,
    );
  const file = program.args[0];
  return {
    file,
    genotype: found.genotype,
    ...(file === undefined ? SMALL : OFFICIAL)[given.kind],
    ...given,
  };
}
