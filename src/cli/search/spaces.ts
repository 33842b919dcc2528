import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import {
  darts,
  fairDarts,
  type GenotypeOf,
  gdas,
  genotypeToPython,
  mobile,
  nasBench201,
  pcDarts,
  plainDarts,
  type SearchSpace,
  sdartsRs,
} from 'noisydarts';
import { nasBench201ToString } from 'noisydarts/genotype';
import { robustDarts } from 'noisydarts/spaces';
import { betaDarts, dartsMinus, type StrategySettings, sdartsAdv } from 'noisydarts/strategies';
import { atLeastZero, UsageError } from '../command-line';

/** A chain short enough for the digits; its widths grow from the first layer's channels. */
function shortChain(channels: number): SearchSpace {
  const layers = [1, 2, 2, 4, 4].map((width, i, all) => ({
    filters: width * channels,
    stride: i > 0 && width > all[i - 1]! ? 2 : 1,
  }));
  return mobile({ name: 'mobile-short', stem: channels, first: channels, layers, features: 16 * channels });
}

/** Spaces by the names of the command line. */
export const spaces = {
  darts: () => darts(),
  nasbench201: () => nasBench201(),
  s1: () => robustDarts('S1'),
  s2: () => robustDarts('S2'),
  s3: () => robustDarts('S3'),
  s4: () => robustDarts('S4'),
  mobile: (channels, data) => (data === undefined ? shortChain(channels) : mobile()),
} satisfies Record<string, (channels: number, data: string | undefined) => SearchSpace>;

/** What says which space to search in. */
interface SpaceSettings {
  readonly space?: string;
  readonly setup?: string;
  readonly channels: number;
  readonly data?: string;
}

/** The module of `--setup`, for other threads to import. */
export const setupModules = (file: string | undefined): readonly URL[] =>
  file === undefined ? [] : [pathToFileURL(resolve(file))];

/** The spaces that a module of one's own exports; importing it defines its operations. */
export async function importSetup(file: string): Promise<Readonly<Record<string, SearchSpace>>> {
  const module = await import(setupModules(file)[0]!.href).catch((error: Error) => {
    throw new UsageError(`--setup: '${file}' cannot be imported, got ${error.message}; name a module`, {
      cause: error,
    });
  });
  return { ...module.spaces };
}

/**
 * The space that a command line names, of the library or of the module of `--setup`, whose operations exist from then on.
 *
 * @throws UsageError if there is none of this name.
 */
export async function chooseSpace({
  space = 'darts',
  setup,
  channels,
  data,
}: SpaceSettings): Promise<SearchSpace> {
  const own = setup === undefined ? {} : await importSetup(setup);
  if (Object.hasOwn(own, space)) return own[space]!;
  if (Object.hasOwn(spaces, space))
    return spaces[space as keyof typeof spaces](channels, data) as SearchSpace;
  const names = [...Object.keys(spaces), ...Object.keys(own)].join(', ');
  throw new UsageError(`--space: there is no such space, got '${space}'; choose one of ${names}`);
}

/** Strategies by the names of the command line, for a number of epochs. */
export const strategies = {
  darts: () => plainDarts(),
  'fair-darts': () => fairDarts(),
  'pc-darts': () => pcDarts(),
  gdas: (epochs) => gdas({ epochs }),
  'beta-darts': () => betaDarts(),
  'darts-minus': (epochs) => dartsMinus({ epochs }),
  'sdarts-rs': (epochs) => sdartsRs({ epochs }),
  'sdarts-adv': (epochs) => sdartsAdv({ epochs }),
} satisfies Record<string, (epochs: number) => StrategySettings>;
export type StrategyName = keyof typeof strategies;

/** Options of the commands that search. */
export const searchOptions = {
  space: (note = '') =>
    new Option(
      '--space <name>',
      `search space: ${Object.keys(spaces).join(', ')} (default: darts), or one that the module of --setup exports in \`spaces\`${note}`,
    ),
  strategy: () =>
    new Option('--strategy <name>', 'how alpha becomes weights (default: darts)').choices(
      Object.keys(strategies),
    ),
  noise: (note: string) =>
    new Option('--noise <lambda>', `Gaussian noise of this lambda on skip connections${note}`).argParser(
      atLeastZero,
    ),
};

/** A genotype as its space's papers write it. */
export function genotypeText(genotype: GenotypeOf): string {
  if ('normal' in genotype) return genotypeToPython(genotype);
  return 'layers' in genotype ? genotype.layers.join(', ') : nasBench201ToString(genotype);
}
