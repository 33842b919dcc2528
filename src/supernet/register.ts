import { serialization } from '@tensorflow/tfjs-core';
import { DartsSupernet } from './darts';
import { MobileSupernet } from './mobile';
import { NasBench201Supernet } from './nas-bench-201';

/** Makes the supernets known to tfjs, so that saved models that hold one load. */
export function registerSupernets(): void {
  for (const layer of [DartsSupernet, MobileSupernet, NasBench201Supernet]) {
    serialization.registerClass(layer as unknown as Parameters<typeof serialization.registerClass>[0]);
  }
}
