import { input } from '@tensorflow/tfjs-layers';
import {
  checkOptions,
  type OptionKeys,
  type OptionKind,
  rangeError,
  requireOptions,
  typeError,
} from '../errors';
import type { MapShape } from '../layers';
import { allOrNothing } from '../layers/all-or-nothing';
import { requireWindow } from '../layers/candidates';
import type { SearchSpace } from '../spaces';
import { DartsSupernet, type DartsSupernetOptions } from './darts';
import { MobileSupernet, type MobileSupernetOptions } from './mobile';
import { NasBench201Supernet, type NasBench201SupernetOptions } from './nas-bench-201';
import { type CommonSupernetOptions, commonKeys } from './options';
import type { Supernet } from './supernet';

/** Options of {@link createSupernet} for a space whose kind is known only at run time. */
export interface SupernetOptions<P extends string = string> extends CommonSupernetOptions<SearchSpace<P>> {
  /** Channels of the first cell. Default 16; the mobile space has its own. */
  readonly channels?: number;
  /** Number of cells, in NAS-Bench-201 of each stage. Default 8, in NAS-Bench-201 5; the mobile space has its own. */
  readonly cells?: number;
}

const sized = { ...commonKeys, channels: true, cells: true } as const;

const kinds: {
  readonly [kind in SearchSpace['kind']]: {
    readonly supernet: new (options: never) => Supernet;
    readonly keys: Readonly<Record<string, OptionKind>>;
  };
} = {
  darts: { supernet: DartsSupernet, keys: sized satisfies OptionKeys<DartsSupernetOptions> },
  'nas-bench-201': {
    supernet: NasBench201Supernet,
    keys: sized satisfies OptionKeys<NasBench201SupernetOptions>,
  },
  mobile: { supernet: MobileSupernet, keys: commonKeys satisfies OptionKeys<MobileSupernetOptions> },
};

const MOST_IMAGE_CHANNELS = 2 ** 14;

/** Refuses a shape that no image and no signal has. */
function checkInputShape(shape: readonly (number | null)[]): void {
  const last = shape.length - 1;
  const isSide = (side: number | null, axis: number) =>
    axis < last && side === null ? true : Number.isSafeInteger(side) && side! > 0;
  if ((last !== 2 && last !== 1) || !shape.every(isSide) || shape[last]! > MOST_IMAGE_CHANNELS)
    throw rangeError(
      'createSupernet',
      `inputShape must be [height, width, channels] or [time, channels], channels at most ${MOST_IMAGE_CHANNELS}`,
      shape,
      'use for example [32, 32, 3]',
    );
}

/**
 * Makes the supernet of a search space.
 *
 * With the defaults it is the paper's for CIFAR-10: 16 channels, 8 cells, Gaussian noise of lambda 0.2 on every skip
 * connection; 1,930,618 trainable weights on images of 3 channels.
 *
 * @param options - Space, noise, size and seed. With `inputShape` ([H, W, C] or [T, C]) the weights exist at once, otherwise
 * from the first input on.
 * @throws TypeError for what is no space and for options that its kind does not take; RangeError for a bad size, if noise is asked for where it falls nowhere, and for
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
  const { space } = requireOptions('createSupernet', options, 'pass { space: darts() }');
  if (!Object.hasOwn(kinds, String(space?.kind))) {
    throw typeError(
      'createSupernet',
      `the space must be of a kind that can be searched: ${Object.keys(kinds).join(', ')}`,
      space,
      'pass for example darts()',
    );
  }
  const { supernet: Kind, keys } = kinds[space.kind];
  checkOptions('createSupernet', options, keys as OptionKeys<SupernetOptions>);
  const { inputShape } = options;
  if (inputShape) checkInputShape(inputShape);
  const supernet: Supernet = new Kind({ seed: 0, ...options } as never);
  if (!inputShape) return supernet;
  for (const primitive of supernet.space.primitives)
    requireWindow('createSupernet', primitive, [null, ...inputShape] as MapShape);
  allOrNothing(() => supernet.apply(input({ shape: inputShape })));
  return supernet;
}
