import { registerClasses } from '../layers/register';
import { AuxiliaryHead } from './auxiliary-head';
import { FeatureDropout } from './feature-dropout';
import { DenseNetworkCell } from './nas-bench-201/dense-network-cell';
import { NetworkCell } from './network-cell';
import { NormRelu } from './norm-relu';

/** The layer classes that only derived networks hold. */
export const networkLayerClasses = {
  AuxiliaryHead,
  DenseNetworkCell,
  FeatureDropout,
  NetworkCell,
  NormRelu,
} as const;

/**
 * Makes the layers that only derived networks hold known to tfjs; importing `noisydarts/network` calls it.
 */
export function registerNetworkLayers(): void {
  registerClasses(networkLayerClasses);
}
