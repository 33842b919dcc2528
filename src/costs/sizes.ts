import { checkOptions, type OptionKeys } from '../errors';
import type { InputShape } from '../layers';

/** Sizes of the networks whose cost is asked for: those that genotypes will be trained and run as. */
export interface NetworkSizes {
  /** Channels of the first cell. Default that of `createNetwork`; the mobile space has its own. */
  readonly channels?: number;
  /** Cells of the network, of NAS-Bench-201 those of a stage. Default that of `createNetwork`. */
  readonly cells?: number;
  /** Number of classes. Default that of `createNetwork` or `createMobileNetwork`. */
  readonly classes?: number;
  /** [H, W, C] of an image, or [T, C] of a signal. Default that of `createNetwork` or `createMobileNetwork`. */
  readonly inputShape?: InputShape;
}

export const sizeKeys = {
  channels: true,
  cells: true,
  classes: true,
  inputShape: true,
} satisfies OptionKeys<NetworkSizes>;

/** Those sizes of some options that are given, which may have other keys. */
export function sizesOf(options: object): NetworkSizes {
  return Object.fromEntries(
    Object.entries(options).filter(([key, value]) => Object.hasOwn(sizeKeys, key) && value !== undefined),
  );
}

/** Refuses what are no sizes. */
export function checkSizesOf(fn: string, sizes: NetworkSizes): NetworkSizes {
  return checkOptions(fn, sizes, sizeKeys);
}
