import { checkOptions, rangeError, typeError } from '../errors';
import { type CellType, type DartsSpace, edgeCandidates, edgeIndex } from '../spaces';
import { isPrimitiveName, PRIMITIVE_NAME_RULE } from '../spaces/primitives';
import { MOST_NODES } from '../spaces/validate';
import { outputStates } from './decode';
import type { Genotype, GenotypeEdge } from './types';

/** Options of the functions that read a genotype. */
export interface ReadGenotypeOptions<P extends string = string> {
  /** A space that the genotype must be of; it gives the names their literal types. Default: any genotype. */
  readonly space?: DartsSpace<P>;
}

function edgeList(fn: string, cell: CellType, value: unknown): readonly GenotypeEdge[] {
  if (!Array.isArray(value)) {
    throw typeError(
      fn,
      `${cell} must be a list of edges`,
      value,
      "use for example [['skip_connect', 0], ...]",
    );
  }
  if (value.length === 0 || value.length % 2 !== 0) {
    throw rangeError(
      fn,
      `${cell} must hold two edges for each node`,
      value.length,
      'list both edges of every node',
    );
  }
  if (value.length > 2 * MOST_NODES) {
    throw rangeError(
      fn,
      `${cell} must have at most ${MOST_NODES} nodes`,
      value.length / 2,
      'use smaller cells',
    );
  }
  // Not map(), which passes over the holes of a sparse list.
  return Array.from(value, (edge: unknown, i): GenotypeEdge => {
    if (!Array.isArray(edge) || edge.length !== 2) {
      throw typeError(fn, `${cell}[${i}] must be a pair`, edge, "use for example ['skip_connect', 0]");
    }
    const [primitive, input]: readonly unknown[] = edge;
    if (!isPrimitiveName(primitive)) {
      throw typeError(
        fn,
        `${cell}[${i}][0] is not the name of an operation`,
        primitive,
        `use ${PRIMITIVE_NAME_RULE}`,
      );
    }
    const node = Math.floor(i / 2);
    if (typeof input !== 'number' || !Number.isInteger(input) || input < 0 || input > node + 1) {
      const fault = `${cell}[${i}][1] must be a state before node ${node}, so 0 to ${node + 1}`;
      throw rangeError(fn, fault, input, 'correct the number');
    }
    return [primitive, input];
  });
}

function concatList(fn: string, cell: CellType, value: unknown, nodes: number): readonly number[] {
  const field = `${cell}Concat`;
  if (!Array.isArray(value) || value.length === 0) {
    throw typeError(
      fn,
      `${field} must list the states that make up the output`,
      value,
      'use for example [2, 3, 4, 5]',
    );
  }
  for (const [i, state] of value.entries()) {
    if (!Number.isInteger(state) || state < 2 || state > nodes + 1) {
      throw rangeError(
        fn,
        `${field}[${i}] must be a node, so 2 to ${nodes + 1}`,
        state,
        'correct the number',
      );
    }
    if (value.indexOf(state) !== i)
      throw rangeError(fn, `${field} must not repeat a node`, state, 'list it once');
  }
  return [...value];
}

function requireMember(fn: string, genotype: Genotype, space: DartsSpace): void {
  const output = outputStates(space);
  for (const cell of ['normal', 'reduce'] as const) {
    const edges = genotype[cell];
    if (edges.length !== 2 * space.nodes) {
      const fault = `${cell} of a ${space.name} genotype must hold ${2 * space.nodes} edges`;
      throw rangeError(fn, fault, edges.length, 'read it without a space, or with its own');
    }
    for (const [i, [primitive, input]] of edges.entries()) {
      const candidates = edgeCandidates(space, cell, edgeIndex({ node: Math.floor(i / 2), input }));
      const choices = candidates.filter((name) => name !== 'none');
      if (!choices.includes(primitive)) {
        const fault = `${cell}[${i}] of a ${space.name} genotype must be one of ${choices.join(', ')}`;
        throw rangeError(fn, fault, primitive, 'correct the name, or read it with its own space');
      }
      if (i % 2 === 1 && input === edges[i - 1]![1]) {
        const fault = `${cell}[${i}] must start from another state than the node's first edge`;
        throw rangeError(fn, fault, input, 'keep two different edges');
      }
    }
    const concat = genotype[`${cell}Concat`];
    if (concat.length !== output.length || concat.some((state, i) => state !== output[i])) {
      throw rangeError(
        fn,
        `${cell}Concat of a ${space.name} genotype is [${output.join(', ')}]`,
        concat,
        'correct the list',
      );
    }
  }
}

/** Checks every field of a genotype and returns a copy that holds nothing else. */
export function checkGenotype<P extends string>(
  fn: string,
  value: unknown,
  options: ReadGenotypeOptions<P>,
): Genotype<Exclude<P, 'none'>> {
  const { space } = checkOptions(fn, options, { space: true });
  if (value === null || typeof value !== 'object') {
    throw typeError(
      fn,
      'a genotype must be an object',
      value,
      'pass { normal, normalConcat, reduce, reduceConcat }',
    );
  }
  const given = value as { readonly [field in keyof Genotype]?: unknown };
  const normal = edgeList(fn, 'normal', given.normal);
  const normalConcat = concatList(fn, 'normal', given.normalConcat, normal.length / 2);
  const reduce = edgeList(fn, 'reduce', given.reduce);
  const reduceConcat = concatList(fn, 'reduce', given.reduceConcat, reduce.length / 2);
  const genotype = { normal, normalConcat, reduce, reduceConcat };
  if (space) requireMember(fn, genotype, space);
  return genotype as Genotype<Exclude<P, 'none'>>;
}

/**
 * Checks that a value is a genotype and returns it as one: a copy of its four fields. With a space, also that the
 * space's search could have ended in it.
 *
 * @throws TypeError or RangeError that names the first wrong field.
 */
export function validateGenotype<P extends string = string>(
  value: unknown,
  options: ReadGenotypeOptions<P> = {},
): Genotype<Exclude<P, 'none'>> {
  return checkGenotype('validateGenotype', value, options);
}
