import { checkOptions } from '../errors';
import { type DartsOptions, darts } from './darts';
import type { DartsSpace } from './types';

const PRIMITIVES = [
  'max_pool_3',
  'avg_pool_3',
  'skip_connect',
  'sep_conv_3',
  'sep_conv_5',
  'sep_conv_7',
  'sep_conv_9',
  'dil_conv_3',
  'dil_conv_5',
  'dil_conv_9',
] as const;

/** The primitives of {@link darts1d}. */
export type Darts1dPrimitive = (typeof PRIMITIVES)[number];

/**
 * The DARTS space on signals [N, T, C]: cells of 4 nodes and 14 edges as in `darts`, with pools, separable convolutions and
 * dilated ones along time; the alphas are two [14, 10] matrices. A reduction cell halves the time. With `none` there are 11
 * primitives, `none` first.
 *
 * @throws TypeError for an option that there is not.
 *
 * Source: Liu et al. 2019, section 2, in one dimension.
 */
export function darts1d(options?: DartsOptions & { readonly none?: false }): DartsSpace<Darts1dPrimitive>;
export function darts1d(
  options: DartsOptions & { readonly none: true },
): DartsSpace<Darts1dPrimitive | 'none'>;
export function darts1d(
  options: DartsOptions,
): DartsSpace<Darts1dPrimitive> | DartsSpace<Darts1dPrimitive | 'none'>;
export function darts1d(options: DartsOptions = {}): DartsSpace<Darts1dPrimitive | 'none'> {
  const { none = false } = checkOptions('darts1d', options, { none: true });
  const { edges: _, ...shape } = darts();
  return {
    ...shape,
    name: none ? 'darts-1d-with-none' : 'darts-1d',
    primitives: none ? ['none', ...PRIMITIVES] : [...PRIMITIVES],
  };
}
