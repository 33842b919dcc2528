import { softmax } from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, requireKinds } from '../errors';
import { defineStrategy, type StrategySettings } from './strategy';

/** Settings of {@link pcDarts}. */
export interface PcDartsSettings extends StrategySettings {
  readonly kind: 'pc-darts';
  /** One of this many channels goes through the candidates. */
  readonly share: number;
  /** Whether the edges into a node are normalised. */
  readonly edgeNormalization: boolean;
}

/** Options of {@link pcDarts}. */
export interface PcDartsOptions {
  /** One of this many channels goes through the candidates; the channels of a cell must be a multiple. Default 4. */
  readonly share?: number;
  /** Whether the edges into a node share a weight of 1 by a softmax over a parameter of each edge. Default true. */
  readonly edgeNormalization?: boolean;
}

const KEYS = { share: 'count', edgeNormalization: 'flag' } satisfies OptionKeys<PcDartsOptions>;

/**
 * PC-DARTS: only the first 1/share of the channels goes through the candidates, the others pass by, and the channels are
 * shuffled after each edge: less to compute and to keep, and less of an advantage for operations without weights. As which
 * channels are sampled makes alpha unsteady, edges are weighed by parameters `beta` of their own:
 *
 * `y_j = sum_i softmax(beta_j)_i * shuffle(concat(sum_k softmax(alpha_ij)_k op_k(x_i[..C/share]), x_i[C/share..]))`
 *
 * The decoder compares `softmax(beta) softmax(alpha)`.
 *
 * For spaces of cells. In the mobile space a layer changes the number of channels, a bottleneck on a part of them would not
 * be the block of the derived network, and no two edges meet in a node: `createSupernet` refuses it there.
 *
 * Source: Xu et al. 2020, "PC-DARTS", section 3.
 */
export function pcDarts(options: PcDartsOptions = {}): PcDartsSettings {
  const { share = 4, edgeNormalization = true } = checkOptions('pcDarts', options, KEYS);
  return { kind: 'pc-darts', share, edgeNormalization };
}

defineStrategy<PcDartsSettings>({
  kind: 'pc-darts',
  check: (settings) => requireKinds('pcDarts', settings, KEYS, true),
  weights: (alpha) => softmax(alpha),
  channelShare: ({ share }) => share,
  edgeNormalization: ({ edgeNormalization }) => edgeNormalization,
});
