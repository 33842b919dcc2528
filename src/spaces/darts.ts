import { checkOptions } from '../errors';
import type { DartsSpace } from './types';

const PRIMITIVES = [
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
] as const;

/** The seven primitives that NoisyDARTS searches over. */
export type DartsPrimitive = (typeof PRIMITIVES)[number];

/** Options of {@link darts}. */
export interface DartsOptions {
  /** Whether `none`, the absent edge, competes too, as in the original DARTS. Default false, as in NoisyDARTS. */
  readonly none?: boolean;
}

/**
 * The DARTS space: 4 nodes, 14 edges a cell, 7 primitives; the alphas are two [14, 7] matrices. With `none` there are
 * 8 primitives, `none` first, as in the original.
 *
 * Source: the NoisyDARTS paper, section on the DARTS search space; Liu et al. 2019, section 2.
 */
export function darts(options?: DartsOptions & { readonly none?: false }): DartsSpace<DartsPrimitive>;
export function darts(options: DartsOptions & { readonly none: true }): DartsSpace<DartsPrimitive | 'none'>;
export function darts(
  options: DartsOptions,
): DartsSpace<DartsPrimitive> | DartsSpace<DartsPrimitive | 'none'>;
export function darts(options: DartsOptions = {}): DartsSpace<DartsPrimitive | 'none'> {
  const { none = false } = checkOptions('darts', options, { none: true });
  return {
    kind: 'darts',
    name: none ? 'darts-with-none' : 'darts',
    primitives: none ? ['none', ...PRIMITIVES] : [...PRIMITIVES],
    nodes: 4,
    multiplier: 4,
    stemMultiplier: 3,
    reductions: 'thirds',
  };
}
