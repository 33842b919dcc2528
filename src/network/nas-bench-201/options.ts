import { checkOptions, type OptionKeys } from '../../errors';
import type { NasBench201Cell } from '../../genotype';
import { checkCell } from '../../genotype/nas-bench-201';
import type { InputShape } from '../../layers';
import type { Seed } from '../../random';
import { type NasBench201Space, nasBench201 } from '../../spaces';
import { checkNetworkSizes } from '../options';

/** Options of {@link createNetwork} for a cell of NAS-Bench-201. */
export interface NasBench201NetworkOptions {
  /** The space of the cell; its `stages` are those of the network. Default `nasBench201()`. */
  readonly space?: NasBench201Space;
  /** Channels of the first stage; they double from stage to stage. Default 16. */
  readonly channels?: number;
  /** Cells a stage. Default 5. */
  readonly cells?: number;
  /** Number of classes. Default 10. */
  readonly classes?: number;
  /** [H, W, C] of an image, or [T, C] of a signal. Default [32, 32, 3]. */
  readonly inputShape?: InputShape;
  /** Seed of initial weights. Default 0. */
  readonly seed?: Seed;
}

/** Options with every default filled in. */
export type ResolvedNasBench201NetworkOptions = Required<NasBench201NetworkOptions>;

const KEYS = {
  space: 'object',
  channels: true,
  cells: true,
  classes: true,
  inputShape: 'list',
  seed: 'seed',
} satisfies OptionKeys<NasBench201NetworkOptions>;

/** A cell that is of its space, and the options of its network with every default filled in. */
export function resolveNasBench201(
  fn: string,
  cell: NasBench201Cell,
  options: NasBench201NetworkOptions,
): { readonly cell: NasBench201Cell; readonly options: ResolvedNasBench201NetworkOptions } {
  checkOptions(fn, options, KEYS);
  const resolved: ResolvedNasBench201NetworkOptions = {
    space: nasBench201(),
    channels: 16,
    cells: 5,
    classes: 10,
    inputShape: [32, 32, 3],
    seed: 0,
    ...options,
  };
  const { space, channels, cells, classes, inputShape } = resolved;
  checkNetworkSizes(fn, { channels, cells, classes }, inputShape);
  return { cell: checkCell(fn, cell, space), options: resolved };
}
