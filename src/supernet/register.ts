import { registerClasses } from '../layers/register';
import { DartsSupernet } from './darts';
import { MobileSupernet } from './mobile';
import { NasBench201Supernet } from './nas-bench-201';

/** Every supernet class. */
export const supernetClasses = { DartsSupernet, MobileSupernet, NasBench201Supernet } as const;

/** Makes the supernets known to tfjs, so that saved models that hold one load. */
export function registerSupernets(): void {
  registerClasses(supernetClasses);
}
