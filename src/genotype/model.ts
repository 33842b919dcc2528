import { rangeError, typeError } from '../errors';
import type { ModelSpace } from '../spaces';
import type { ModelGenotype } from './types';

/**
 * Refuses what is no record of operations by the names of a model's edges.
 *
 * @param every - Whether all edges must be named. Default true.
 */
export function checkModelGenotype(
  fn: string,
  given: unknown,
  { edges }: Pick<ModelSpace, 'edges'>,
  every = true,
): ModelGenotype {
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw typeError(fn, 'genotype must be operations by edge', given, 'pass that of modelGenotype()');
  const names = Object.keys(edges);
  const missing = names.find((name) => every && !Object.hasOwn(given, name));
  if (missing !== undefined)
    throw rangeError(fn, 'genotype must name every edge', Object.keys(given), `add '${missing}'`);
  for (const [name, op] of Object.entries(given)) {
    const known = Object.hasOwn(edges, name) ? edges[name]! : undefined;
    if (!known?.includes(op))
      throw rangeError(
        fn,
        `genotype must name known ${known ? `operations of '${name}'` : 'edges'}`,
        known ? op : name,
        `use ${(known ?? names).join(', ')}`,
      );
  }
  return given as ModelGenotype;
}
