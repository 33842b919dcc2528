import { rangeError, typeError } from '../errors';
import { checkNoise, gaussianNoise, type NoiseByCandidate, type NoiseSettings } from '../layers';
import { type AlphaName, alphaCandidates, type SearchSpace } from '../spaces';

/** One candidate of one edge of one cell. */
export interface NoiseSite<P extends string = string> {
  /** Position of the cell in the supernet, from 0. */
  readonly cell: number;
  /** The alpha that the cell reads, by its name. */
  readonly cellType: AlphaName;
  /** Edge of the cell, from 0. */
  readonly edge: number;
  /** The candidate. */
  readonly primitive: P;
}

/** Chooses the noise of every candidate of every edge; null or undefined for none. */
export type NoisePlan<P extends string = string> = (site: NoiseSite<P>) => NoiseSettings | null | undefined;

/** Noise of every edge of every cell, resolved: plain JSON. */
export type ResolvedNoise<P extends string = string> = readonly (readonly (NoiseByCandidate<P> | null)[])[];

/** Noise of a supernet: one setting for all, a plan, a resolved plan, or null for none. */
export type SupernetNoise<P extends string = string> = NoiseSettings | NoisePlan<P> | ResolvedNoise<P> | null;

/**
 * Spells out which noise falls where.
 *
 * @param space - The search space.
 * @param cellTypes - The alpha of every cell, by its name.
 * @param options - The noise: one setting, which falls on the candidates named in `on`; a plan; or a resolved plan.
 * @throws RangeError if noise is asked for and falls nowhere, as on the skip connections of a space without any.
 */
export function resolveNoise<P extends string>(
  space: SearchSpace<P>,
  cellTypes: readonly AlphaName[],
  {
    noise = gaussianNoise(),
    on = ['skip_connect' as P],
  }: { readonly noise?: SupernetNoise<P>; readonly on?: readonly P[] },
): ResolvedNoise<P> {
  if (noise === null) return cellTypes.map(() => []);
  if (typeof noise !== 'function' && typeof noise !== 'object')
    throw typeError(
      'createSupernet',
      'noise must be settings, a plan or null',
      noise,
      'pass gaussianNoise()',
    );
  if (Array.isArray(noise) && noise.length !== cellTypes.length)
    throw rangeError(
      'createSupernet',
      `resolved noise must have one entry for each of ${cellTypes.length} cells`,
      noise.length,
      'pass that of a supernet of as many cells',
    );
  if (Array.isArray(noise)) return noise as ResolvedNoise<P>;
  const plan: NoisePlan<P> =
    typeof noise === 'function'
      ? noise
      : ({ primitive }) => (on.includes(primitive) ? (noise as NoiseSettings) : null);
  const candidates = alphaCandidates(space) as Readonly<Record<string, readonly (readonly P[])[]>>;
  let sites = 0;
  const resolved = cellTypes.map((cellType, cell) =>
    candidates[cellType]!.map((primitives, edge) => {
      const byCandidate: Partial<Record<P, NoiseSettings>> = {};
      for (const primitive of primitives) {
        const settings = plan({ cell, cellType, edge, primitive });
        if (settings) byCandidate[primitive] = checkNoise('createSupernet', settings);
      }
      const count = Object.keys(byCandidate).length;
      sites += count;
      return count > 0 ? (byCandidate as NoiseByCandidate<P>) : null;
    }),
  );
  if (sites === 0) {
    throw rangeError(
      'createSupernet',
      `noise falls nowhere in the space ${space.name}, which has ${space.primitives.join(', ')}`,
      typeof noise === 'function' ? noise : on,
      "pass noise: null, or name other operations with 'on'",
    );
  }
  return resolved;
}
