import { registerClasses } from '../layers/register';
import { AuxiliaryHead } from './auxiliary-head';
import { FeatureDropout } from './feature-dropout';
import { NetworkCell } from './network-cell';

/** The layer classes that only derived networks hold. */
export const networkLayerClasses = { AuxiliaryHead, FeatureDropout, NetworkCell } as const;

/**
 * Makes the layers that only derived networks hold known to tfjs; importing `noisydarts/network` calls it.
 */
export function registerNetworkLayers(): void {
  registerClasses(networkLayerClasses);
}
