import { rangeError } from '../errors';
import type { DartsSpace } from './types';

const S1_NORMAL = [
  ['skip_connect', 'dil_conv_3x3'],
  ['skip_connect', 'dil_conv_5x5'],
  ['skip_connect', 'dil_conv_5x5'],
  ['skip_connect', 'sep_conv_3x3'],
  ['skip_connect', 'dil_conv_3x3'],
  ['max_pool_3x3', 'skip_connect'],
  ['skip_connect', 'sep_conv_3x3'],
  ['skip_connect', 'sep_conv_3x3'],
  ['skip_connect', 'dil_conv_3x3'],
  ['skip_connect', 'sep_conv_3x3'],
  ['max_pool_3x3', 'skip_connect'],
  ['skip_connect', 'dil_conv_3x3'],
  ['dil_conv_3x3', 'dil_conv_5x5'],
  ['dil_conv_3x3', 'dil_conv_5x5'],
] as const;

const S1_REDUCE = [
  ['max_pool_3x3', 'avg_pool_3x3'],
  ['max_pool_3x3', 'dil_conv_3x3'],
  ['max_pool_3x3', 'avg_pool_3x3'],
  ['max_pool_3x3', 'avg_pool_3x3'],
  ['skip_connect', 'dil_conv_5x5'],
  ['max_pool_3x3', 'avg_pool_3x3'],
  ['max_pool_3x3', 'sep_conv_3x3'],
  ['skip_connect', 'dil_conv_3x3'],
  ['skip_connect', 'dil_conv_5x5'],
  ['max_pool_3x3', 'avg_pool_3x3'],
  ['max_pool_3x3', 'avg_pool_3x3'],
  ['skip_connect', 'dil_conv_5x5'],
  ['skip_connect', 'dil_conv_5x5'],
  ['skip_connect', 'dil_conv_5x5'],
] as const;

const PRIMITIVES = {
  S1: ['max_pool_3x3', 'avg_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'dil_conv_3x3', 'dil_conv_5x5'],
  S2: ['skip_connect', 'sep_conv_3x3'],
  S3: ['none', 'skip_connect', 'sep_conv_3x3'],
  S4: ['noise', 'sep_conv_3x3'],
} as const;

/** The four spaces of RobustDARTS. */
export type RobustDartsName = keyof typeof PRIMITIVES;

/** The primitives of one RobustDARTS space. */
export type RobustDartsPrimitive<N extends RobustDartsName> = (typeof PRIMITIVES)[N][number];

const COMMON = { kind: 'darts', nodes: 4, multiplier: 4, stemMultiplier: 3, reductions: 'thirds' } as const;

/**
 * One of the four spaces in which DARTS fails: S1 offers two primitives an edge, chosen edge by edge; S2 skip and
 * separable convolution; S3 the same and `none`; S4 separable convolution and `noise`, which replaces its input by
 * standard normal numbers. S4 has no skip connection for NoisyDARTS to act on.
 *
 * In S1 the columns of alpha mean different primitives from edge to edge; `edgeCandidates` names them.
 *
 * @throws RangeError if there is no such space.
 *
 * Source: Zela et al. 2020, "Understanding and Robustifying Differentiable Architecture Search", section 3.
 */
export function robustDarts<N extends RobustDartsName>(name: N): DartsSpace<RobustDartsPrimitive<N>>;
export function robustDarts(name: RobustDartsName): DartsSpace<RobustDartsPrimitive<RobustDartsName>> {
  if (typeof name !== 'string' || !Object.hasOwn(PRIMITIVES, name)) {
    throw rangeError('robustDarts', 'the spaces are S1 to S4', name, "use for example 'S2'");
  }
  const space = { ...COMMON, name: `robust-darts-${name.toLowerCase()}`, primitives: [...PRIMITIVES[name]] };
  if (name !== 'S1') return space;
  const edges = { normal: S1_NORMAL.map((edge) => [...edge]), reduce: S1_REDUCE.map((edge) => [...edge]) };
  return { ...space, edges };
}
