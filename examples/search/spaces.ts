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
  robustDarts,
  type SearchSpace,
  sdartsRs,
} from 'noisydarts';
import { nasBench201ToString } from 'noisydarts/genotype';
import type { StrategySettings } from 'noisydarts/strategies';

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
export type SpaceName = keyof typeof spaces;

/** Strategies by the names of the command line, for a number of epochs. */
export const strategies = {
  darts: () => plainDarts(),
  'fair-darts': () => fairDarts(),
  'pc-darts': () => pcDarts(),
  gdas: (epochs) => gdas({ epochs }),
  'sdarts-rs': (epochs) => sdartsRs({ epochs }),
} satisfies Record<string, (epochs: number) => StrategySettings>;
export type StrategyName = keyof typeof strategies;

/** A genotype as its space's papers write it. */
export function genotypeText(genotype: GenotypeOf): string {
  if ('normal' in genotype) return genotypeToPython(genotype);
  return 'layers' in genotype ? genotype.layers.join(', ') : nasBench201ToString(genotype);
}
