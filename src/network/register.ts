import { serialization } from '@tensorflow/tfjs-core';
import { AuxiliaryHead } from './auxiliary-head';
import { FeatureDropout } from './feature-dropout';
import { NetworkCell } from './network-cell';

/**
 * Makes the layers that only derived networks hold known to tfjs, beside those of `registerLayers`; importing
 * `noisydarts/network` has called both.
 */
export function registerNetworkLayers(): void {
  for (const layer of [AuxiliaryHead, FeatureDropout, NetworkCell]) {
    serialization.registerClass(layer as unknown as Parameters<typeof serialization.registerClass>[0]);
  }
}
