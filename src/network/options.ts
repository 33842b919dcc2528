import { checkOptions, type OptionKeys, rangeError, requireKind } from '../errors';
import type { InputShape } from '../layers';
import type { Seed } from '../random';

/** Which of the two official networks: for small images, or for large ones with stems that divide the side by 8. */
export type NetworkKind = 'cifar' | 'imagenet';

/** Options of {@link createNetwork}. */
export interface NetworkOptions {
  /** Default `'cifar'`. */
  readonly kind?: NetworkKind;
  /** Channels of the first cell's nodes; they double at every reduction. Default 36, or 48 for `'imagenet'`. */
  readonly channels?: number;
  /** Number of cells; those at one and two thirds are reduction cells. Default 20, or 14 for `'imagenet'`. */
  readonly cells?: number;
  /**
   * Number of classes, or of outputs where the task has none: labels, numbers to regress. Default 10, or 1000 for
   * `'imagenet'`.
   */
  readonly classes?: number;
  /** [H, W, C] of an image, or [T, C] of a signal. Default [32, 32, 3], or [224, 224, 3] for `'imagenet'`. */
  readonly inputShape?: InputShape;
  /** Whether a second output gives the logits of the auxiliary head, for training. Default true. */
  readonly auxiliary?: boolean;
  /** Rate of the drop path at the start; `setDropPath` changes it. Default 0. */
  readonly dropPath?: number;
  /** Width of the CIFAR network's stem as a multiple of `channels`. Default 3. */
  readonly stemMultiplier?: number;
  /** Seed of initial weights and drop path. Default 0. */
  readonly seed?: Seed;
}

/** Options with every default filled in. */
export type ResolvedNetworkOptions = Required<NetworkOptions>;

const defaults = {
  cifar: { channels: 36, cells: 20, classes: 10, inputShape: [32, 32, 3] },
  imagenet: { channels: 48, cells: 14, classes: 1000, inputShape: [224, 224, 3] },
} as const;

const KEYS = {
  kind: ['cifar', 'imagenet'],
  channels: true,
  cells: true,
  classes: true,
  inputShape: 'list',
  auxiliary: 'flag',
  dropPath: 'rate',
  stemMultiplier: true,
  seed: 'seed',
} satisfies OptionKeys<NetworkOptions>;

/** Cells that a network may have, far beyond any that was ever trained. */
const MOST_CELLS = 1000;

/** Fills in defaults and refuses what cannot be. */
export function resolveNetworkOptions(options: NetworkOptions): ResolvedNetworkOptions {
  const { kind = 'cifar' } = checkOptions('createNetwork', options, KEYS);
  const resolved: ResolvedNetworkOptions = {
    auxiliary: true,
    dropPath: 0,
    stemMultiplier: 3,
    seed: 0,
    ...defaults[kind],
    ...options,
    kind,
  };
  const { channels, cells, classes, stemMultiplier, inputShape } = resolved;
  checkNetworkSizes('createNetwork', { channels, cells, classes, stemMultiplier }, inputShape);
  return resolved;
}

/** Refuses numbers and images that no network has. */
export function checkNetworkSizes(
  fn: string,
  counts: Readonly<Record<string, number>> & { readonly cells?: number },
  inputShape: readonly number[],
): void {
  for (const [what, value] of Object.entries(counts))
    requireKind(fn, what, value, what === 'cells' ? [1, MOST_CELLS] : 'count');
  const { length } = inputShape;
  if ((length !== 3 && length !== 2) || !inputShape.every((side) => Number.isInteger(side) && side > 0)) {
    throw rangeError(
      fn,
      'inputShape must be [height, width, channels] or [time, channels]',
      inputShape,
      'use for example [32, 32, 3]',
    );
  }
}
