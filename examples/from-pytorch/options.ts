import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Genotype, genotypeFromJson } from 'noisydarts';
import { type PublishedGenotypeName, publishedGenotype, publishedGenotypeNames } from 'noisydarts/catalogue';
import type { NetworkKind } from 'noisydarts/network';

/** What the command line asks for. */
export interface FromPytorchSettings {
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

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
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

/** Reads a command line. */
export async function readCommand(args: readonly string[]): Promise<FromPytorchSettings> {
  const program = new Command('npm run from-pytorch --')
    .description('Loads weights that the official PyTorch code trained, from a safetensors file.')
    .argument('[file]', 'safetensors file of a state dict (default: one that PyTorch makes on the spot)')
    .addOption(
      new Option('--name <name>', 'published genotype of the network')
        .choices(publishedGenotypeNames)
        .default('noisy_darts_a'),
    )
    .addOption(new Option('--genotype <file>', 'genotype.json of the network').conflicts('name'))
    .addOption(
      new Option('--kind <kind>', 'network for small or for large images')
        .choices(['cifar', 'imagenet'])
        .default('cifar'),
    )
    .option('--channels <n>', 'channels of the first cell', positive)
    .option('--cells <n>', 'cells', positive)
    .option('--classes <n>', 'classes', positive)
    .option('--size <n>', 'side of an image in pixels', positive)
    .option('--save <dir>', 'folder to save the network in, as tf.loadLayersModel reads it')
    .option('--python <path>', 'Python that has PyTorch', '/usr/bin/python3')
    .parse(args, { from: 'user' });
  const { name, genotype, ...given } = program.opts<
    Omit<FromPytorchSettings, 'genotype' | 'file'> & { name: PublishedGenotypeName; genotype?: string }
  >();
  const file = program.args[0];
  return {
    file,
    genotype: genotype ? genotypeFromJson(await readFile(genotype, 'utf8')) : publishedGenotype(name),
    ...(file ? OFFICIAL : SMALL)[given.kind],
    ...given,
  };
}
