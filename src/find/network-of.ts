import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Genotype, GenotypeOf, MobileGenotype, NasBench201Cell } from '../genotype';
import {
  createMobileNetwork,
  createNetwork,
  type MobileNetworkOptions,
  mobileArchitecture,
  type NetworkOptions,
} from '../network';
import type { MobileSpace, NasBench201Space, SearchSpace } from '../spaces';

type Made = MobileNetworkOptions & Pick<NetworkOptions, 'kind' | 'channels' | 'cells' | 'auxiliary'>;

const makers: {
  readonly [kind in SearchSpace['kind']]: (space: never, genotype: never, options: Made) => LayersModel;
} = {
  darts: (_, genotype: Genotype, options) => createNetwork(genotype, options),
  'nas-bench-201': (space: NasBench201Space, cell: NasBench201Cell, options) =>
    createNetwork(cell, { space, ...options }),
  mobile: (space: MobileSpace, genotype: MobileGenotype, options) =>
    createMobileNetwork(mobileArchitecture(space, genotype), options),
};

/** The network of what a search in a space has found. */
export function networkOf<S extends SearchSpace>(
  space: S,
  genotype: GenotypeOf<S>,
  options: Made,
): LayersModel {
  return makers[space.kind](space as never, genotype as never, options);
}
