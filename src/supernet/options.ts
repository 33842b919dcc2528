import { type OptionKeys, rangeError } from '../errors';
import type { NoisyDartsLayerOptions } from '../layers';
import type { PrimitiveOf, SearchSpace } from '../spaces';
import type { StrategySettings } from '../strategies';
import type { SupernetNoise } from './noise-plan';

/** Options that the supernets of all spaces share. */
export interface CommonSupernetOptions<S extends SearchSpace> extends NoisyDartsLayerOptions {
  /** The search space. */
  readonly space: S;
  /**
   * Noise of the search: one setting for all skip connections, a plan that chooses for each site, or null for plain
   * DARTS. Default: the paper's, `gaussianNoise({ std: 0.2 })`.
   */
  readonly noise?: SupernetNoise<PrimitiveOf<S>>;
  /** Candidates a single noise setting falls on. Default `['skip_connect']`. */
  readonly on?: readonly NoInfer<PrimitiveOf<S>>[];
  /**
   * How alpha becomes the weights of the mixtures: `plainDarts()`, `fairDarts()`, `pcDarts()`, `gdas()`, `sdartsRs()` or one
   * of your own from `defineStrategy`. Default `plainDarts()`, the paper's.
   */
  readonly strategy?: StrategySettings;
  /** Number of classes, or of outputs where the task has none: labels, numbers to regress. Default 10. */
  readonly classes?: number;
  /** Rate of a drop path on every skip connection. Default 0; the official code uses 0.3. */
  readonly skipDropPath?: number;
  /**
   * `'cell'`: a training pass keeps only what goes in and out of the cells and runs each cell forward a second time on
   * the way back, for about a third more time and a fraction of the memory. Default `'none'`.
   */
  readonly recompute?: 'none' | 'cell';
}

/** The keys of {@link CommonSupernetOptions}. */
export const commonKeys = {
  space: true,
  noise: true,
  on: true,
  strategy: true,
  classes: true,
  skipDropPath: true,
  recompute: true,
  name: true,
  seed: true,
  inputShape: true,
  trainable: true,
} satisfies OptionKeys<CommonSupernetOptions<SearchSpace>>;

/** What no search comes near, and a larger weight than fits into memory begins not far above. */
const MOST: Readonly<Record<string, number>> = { channels: 1024, cells: 1024, classes: 2 ** 17 };

/** Refuses sizes that are not positive integers, or so large that the weights could not be made. */
export function checkSizes(sizes: Readonly<Record<string, number>>): void {
  for (const [what, value] of Object.entries(sizes)) {
    if (value > MOST[what]!)
      throw rangeError('createSupernet', `${what} must be at most ${MOST[what]}`, value, 'use fewer');
    if (!Number.isInteger(value) || value < 1) {
      throw rangeError(
        'createSupernet',
        `${what} must be a positive integer`,
        value,
        `use for example ${{ channels: 16, cells: 8 }[what] ?? 10}`,
      );
    }
  }
}
