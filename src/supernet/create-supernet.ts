import { input } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import type { SearchSpace } from '../spaces';
import { DartsSupernet, type DartsSupernetOptions } from './darts';
import { MobileSupernet, type MobileSupernetOptions } from './mobile';
import { NasBench201Supernet, type NasBench201SupernetOptions } from './nas-bench-201';
import type { CommonSupernetOptions } from './options';
import type { Supernet } from './supernet';

/** Options of {@link createSupernet} for a space whose kind is known only at run time. */
export interface SupernetOptions<P extends string = string> extends CommonSupernetOptions<SearchSpace<P>> {
  /** Channels of the first cell. Default 16; the mobile space has its own. */
  readonly channels?: number;
  /** Number of cells, in NAS-Bench-201 of each stage. Default 8, in NAS-Bench-201 5; the mobile space has its own. */
  readonly cells?: number;
}

const kinds: { readonly [kind in SearchSpace['kind']]: new (options: never) => Supernet } = {
  darts: DartsSupernet,
  'nas-bench-201': NasBench201Supernet,
  mobile: MobileSupernet,
};

/**
 * Makes the supernet of a search space.
 *
 * With the defaults it is the paper's for CIFAR-10: 16 channels, 8 cells, Gaussian noise of lambda 0.2 on every skip
 * connection; 1,930,618 trainable weights on images of 3 channels.
 *
 * @param options - Space, noise, size and seed. With `inputShape` ([H, W, C]) the weights exist at once, otherwise
 * from the first input on.
 * @throws TypeError for what is no space; RangeError for a bad size, if noise is asked for where it falls nowhere, and for
 * `pcDarts()` in a mobile space, which has no cells.
 *
 * Source: paper, section 4.1.
 */
export function createSupernet<P extends string>(options: DartsSupernetOptions<P>): DartsSupernet<P>;
export function createSupernet<P extends string>(
  options: NasBench201SupernetOptions<P>,
): NasBench201Supernet<P>;
export function createSupernet<P extends string>(options: MobileSupernetOptions<P>): MobileSupernet<P>;
export function createSupernet<P extends string>(options: SupernetOptions<P>): Supernet;
export function createSupernet(options: SupernetOptions): Supernet {
  const { space } = options;
  if (!Object.hasOwn(kinds, String(space?.kind))) {
    throw typeError(
      'createSupernet',
      `the space must be of a kind that can be searched: ${Object.keys(kinds).join(', ')}`,
      space,
      'pass for example darts()',
    );
  }
  const supernet = new kinds[space.kind]({ seed: 0, ...options } as never);
  if (options.inputShape) supernet.apply(input({ shape: options.inputShape }));
  return supernet;
}
