import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Genotype, NasBench201Cell } from '../genotype';
import type { MobileArchitecture } from './mobile/architecture';
import type { ResolvedNasBench201NetworkOptions } from './nas-bench-201/options';
import type { NetworkKind, ResolvedNetworkOptions } from './options';
import { requireNetwork } from './require-network';

/** What a network of this library was made from: plain JSON that is saved with the model. */
export type NetworkDescription =
  | {
      readonly kind: NetworkKind;
      readonly genotype: Genotype;
      readonly options: ResolvedNetworkOptions;
    }
  | {
      readonly kind: 'nas-bench-201';
      readonly genotype: NasBench201Cell;
      readonly options: ResolvedNasBench201NetworkOptions;
    }
  | { readonly kind: 'mobile'; readonly architecture: MobileArchitecture };

const KEY = 'noisydarts';

/** Notes on a model what it was made from; returns the model. */
export function describeNetwork(model: LayersModel, description: NetworkDescription): LayersModel {
  model.setUserDefinedMetadata({ [KEY]: description });
  return model;
}

/** What a network was made from, also after saving and loading; undefined for other models. */
export function networkDescription(model: LayersModel): NetworkDescription | undefined {
  requireNetwork('networkDescription', model);
  return (model.getUserDefinedMetadata() as { [KEY]?: NetworkDescription } | undefined)?.[KEY];
}
