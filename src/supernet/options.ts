import { type OptionKeys, requireKinds, requireOptions } from '../errors';
import type { NoisyDartsLayerOptions } from '../layers';
import type { CellSpace, PrimitiveOf, SearchSpace } from '../spaces';
import { requireSpace } from '../spaces/edges';
import { checkSpace } from '../spaces/validate';
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
  on: 'list',
  strategy: true,
  classes: true,
  skipDropPath: 'rate',
  recompute: true,
  name: 'text',
  seed: 'seed',
  inputShape: 'list',
  trainable: 'flag',
} satisfies OptionKeys<CommonSupernetOptions<SearchSpace>>;

/** What no search comes near, and a larger weight than fits into memory begins not far above. */
const SIZES = { channels: [1, 1024], cells: [1, 1024], classes: [1, 2 ** 17] } as const;

/** Options that the supernets of spaces of cells share. */
interface CellSupernetOptions<S extends CellSpace> extends CommonSupernetOptions<S> {
  readonly channels?: number;
  readonly cells?: number;
}

/** Refuses what are no options, and a space that is none or of another kind. */
export function requireSupernetOptions<O extends { readonly space: SearchSpace }>(
  fn: string,
  options: O,
  kind: O['space']['kind'],
): O {
  const { space } = requireOptions(fn, options);
  requireSpace(fn, space, kind);
  checkSpace(fn, space);
  // Before the cells of these sizes are listed.
  requireKinds('createSupernet', options, SIZES);
  return options;
}

/** The options of a supernet of cells with their defaults, {@link requireSupernetOptions}. */
export function cellSupernetOptions<S extends CellSpace>(
  fn: string,
  options: CellSupernetOptions<S>,
  kind: S['kind'],
  defaultCells: number,
): Required<Pick<CellSupernetOptions<S>, 'space' | 'channels' | 'cells' | 'classes' | 'skipDropPath'>> {
  const given = requireSupernetOptions(fn, options, kind);
  const { space, channels = 16, cells = defaultCells, classes = 10, skipDropPath = 0 } = given;
  return { space, channels, cells, classes, skipDropPath };
}
