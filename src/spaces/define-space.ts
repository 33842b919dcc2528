import { rangeError } from '../errors';
import { type PrimitiveName, primitiveNames } from './primitives';
import type { CellCandidates, CellType, DartsSpace } from './types';
import { checkSpace } from './validate';

/** Options of {@link defineSpace}. */
export interface DefineSpaceOptions<P extends string, C extends string> {
  /** Name for reports and files. */
  readonly name: string;
  /** The primitives, in the order of alpha's columns: built-in ones and those named in `custom`. */
  readonly primitives: readonly P[];
  /** Names of operations of your own, so that any other unknown name is a misspelling. Default none. */
  readonly custom?: readonly C[];
  /** The candidates of each edge, all lists equally long. Default: all primitives on every edge. */
  readonly edges?: { readonly [cell in CellType]: CellCandidates<NoInfer<P>> };
  /** Nodes that sum their incoming edges. Default 4. */
  readonly nodes?: number;
  /** How many nodes, counted from the last, make up the cell's output. Default: all of them. */
  readonly multiplier?: number;
  /** Width of the stem as a multiple of the first cell's channels. Default 3. */
  readonly stemMultiplier?: number;
  /** The reduction cells: `'thirds'`, or cell numbers from 0, ascending. Default `'thirds'`. */
  readonly reductions?: 'thirds' | readonly number[];
}

/**
 * A search space of your own with cells of the DARTS kind. The names of the primitives stay literal types: a misspelt
 * one does not compile, here or in a genotype of the space.
 *
 * ```ts
 * const space = defineSpace({
 *   name: 'mine',
 *   primitives: ['skip_connect', 'sep_conv_3x3', 'involution'],
 *   custom: ['involution'],
 * });
 * ```
 *
 * @throws TypeError or RangeError that names the first wrong field.
 */
export function defineSpace<const P extends PrimitiveName | C, const C extends string = never>({
  name,
  primitives,
  custom = [],
  edges,
  nodes = 4,
  multiplier = nodes,
  stemMultiplier = 3,
  reductions = 'thirds',
}: DefineSpaceOptions<P, C>): DartsSpace<P> {
  const space = { kind: 'darts', name, primitives, nodes, multiplier, stemMultiplier, reductions, edges };
  const checked = checkSpace('defineSpace', space) as DartsSpace<P>;
  const known: readonly string[] = [...primitiveNames, ...custom];
  const stranger = checked.primitives.find((primitive) => !known.includes(primitive));
  if (stranger !== undefined) {
    throw rangeError(
      'defineSpace',
      'there is no such primitive',
      stranger,
      'correct it, or name it in custom',
    );
  }
  return checked;
}
