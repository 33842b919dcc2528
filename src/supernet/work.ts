import { defineWork } from '../network';
import { DartsSupernet } from './darts';
import { MobileSupernet } from './mobile';
import { NasBench201Supernet } from './nas-bench-201';
import type { Supernet } from './supernet';

// Supernets do nothing beside their layers.
for (const supernet of [DartsSupernet, MobileSupernet, NasBench201Supernet] as readonly (abstract new (
  ...args: never[]
) => Supernet)[]) {
  defineWork(supernet, () => ({}));
}
