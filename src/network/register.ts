import { serialization } from '@tensorflow/tfjs-core';
import { AuxiliaryHead } from './auxiliary-head';
import { ConvBN } from './conv-bn';
import { FeatureDropout } from './feature-dropout';
import { InvertedBottleneck } from './mobile/inverted-bottleneck';
import { SeparableBottleneck } from './mobile/separable-bottleneck';
import { SqueezeExcite } from './mobile/squeeze-excite';
import { NetworkCell } from './network-cell';

/** Makes the layers of derived networks known to tfjs, so that saved networks load. */
export function registerNetworkLayers(): void {
  for (const layer of [
    AuxiliaryHead,
    ConvBN,
    FeatureDropout,
    InvertedBottleneck,
    NetworkCell,
    SeparableBottleneck,
    SqueezeExcite,
  ]) {
    serialization.registerClass(layer as unknown as Parameters<typeof serialization.registerClass>[0]);
  }
}
