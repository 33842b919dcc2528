import { rangeError } from '../errors';
import { checkNoise, type NoiseByCandidate, type NoiseSettings } from '../layers';
import { type CellType, countEdges, type DartsSpace, edgeCandidates } from '../spaces';

/** One candidate of one edge of one cell. */
export interface NoiseSite<P extends string = string> {
  /** Position of the cell in the supernet, from 0. */
  readonly cell: number;
  /** Kind of the cell. */
  readonly cellType: CellType;
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
 * @param cellTypes - Kind of every cell.
 * @param noise - One setting, which falls on the candidates named in `on`; a plan; or a resolved plan.
 * @param on - Candidates a single setting falls on.
 * @throws RangeError if noise is asked for and falls nowhere, as on the skip connections of a space without any.
 */
export function resolveNoise<P extends string>(
  space: DartsSpace<P>,
  cellTypes: readonly CellType[],
  noise: SupernetNoise<P>,
  on: readonly string[],
): ResolvedNoise<P> {
  if (noise === null) return cellTypes.map(() => []);
  if (Array.isArray(noise)) return noise as ResolvedNoise<P>;
  const plan: NoisePlan<P> =
    typeof noise === 'function'
      ? noise
      : ({ primitive }) => (on.includes(primitive) ? (noise as NoiseSettings) : null);
  let sites = 0;
  const resolved = cellTypes.map((cellType, cell) =>
    Array.from({ length: countEdges(space.nodes) }, (_, edge) => {
      const byCandidate: Partial<Record<P, NoiseSettings>> = {};
      for (const primitive of edgeCandidates(space, cellType, edge)) {
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
