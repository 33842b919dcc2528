import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { isKnownPrimitive, type PrimitiveName } from './primitives';
import type { CellCandidates, CellType, DartsSpace } from './types';
import { checkSpace } from './validate';

/** A primitive of a space of one's own: a built-in one by its name, or what `defineCandidate` returned. */
export type Primitive = PrimitiveName | { readonly primitive: string };

/** The name of a primitive, as genotypes write it. */
export type NameOf<T extends Primitive> = T extends { readonly primitive: infer P extends string }
  ? P
  : Extract<T, string>;

/** Options of {@link defineSpace}. */
export interface DefineSpaceOptions<T extends Primitive = Primitive> {
  /** Name for reports and files. */
  readonly name: string;
  /** The primitives, in the order of alpha's columns: names of built-in ones, and what `defineCandidate` returned. */
  readonly primitives: readonly T[];
  /** The names of the candidates of each edge, all lists equally long. Default: all primitives on every edge. */
  readonly edges?: { readonly [cell in CellType]: CellCandidates<NoInfer<NameOf<T>>> };
  /** Nodes that sum their incoming edges. Default 4. */
  readonly nodes?: number;
  /** How many nodes, counted from the last, make up the cell's output. Default: all of them. */
  readonly multiplier?: number;
  /** Width of the stem as a multiple of the first cell's channels. Default 3. */
  readonly stemMultiplier?: number;
  /** The reduction cells: `'thirds'`, or cell numbers from 0, ascending. Default `'thirds'`. */
  readonly reductions?: 'thirds' | readonly number[];
}

const OPTIONS = {
  name: true,
  primitives: true,
  edges: true,
  nodes: true,
  multiplier: true,
  stemMultiplier: true,
  reductions: true,
} satisfies OptionKeys<DefineSpaceOptions>;

const nameOf = (primitive: Primitive): string =>
  typeof primitive === 'object' && primitive !== null ? primitive.primitive : primitive;

/**
 * A search space of your own with cells of the DARTS kind. The names of the primitives stay literal types: a misspelt
 * one does not compile, here or in a genotype of the space.
 *
 * ```ts
 * const involution = defineCandidate({ primitive: 'involution', create: ... });
 * const space = defineSpace({ name: 'mine', primitives: ['skip_connect', 'sep_conv_3x3', involution] });
 * ```
 *
 * @throws TypeError or RangeError that names the first wrong field.
 */
export function defineSpace<const T extends Primitive>(
  options: DefineSpaceOptions<T>,
): DartsSpace<NameOf<T>> {
  checkOptions('defineSpace', options, OPTIONS);
  const { name, nodes = 4, multiplier = nodes, stemMultiplier = 3, reductions = 'thirds', edges } = options;
  const given: unknown = options.primitives;
  const primitives = Array.isArray(given) ? given.map(nameOf) : given;
  const space = { kind: 'darts', name, primitives, nodes, multiplier, stemMultiplier, reductions, edges };
  const checked = checkSpace('defineSpace', space) as DartsSpace<NameOf<T>>;
  const stranger = checked.primitives.find((primitive) => !isKnownPrimitive(primitive));
  if (stranger !== undefined) {
    throw rangeError(
      'defineSpace',
      'there is no such primitive',
      stranger,
      'correct it, or define it with defineCandidate()',
    );
  }
  return checked;
}
