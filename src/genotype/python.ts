import { typeError } from '../errors';
import { parsePython } from './python/parser';
import type { Genotype, GenotypeEdge } from './types';
import { checkGenotype, type ReadGenotypeOptions } from './validate';

/** Options of {@link genotypeToPython}. */
export interface WritePythonOptions {
  /** A variable to assign the genotype to, as in a `genotypes.py`. Default: the bare call. */
  readonly name?: string;
}

function writeEdges(edges: readonly GenotypeEdge[]): string {
  return `[${edges.map(([primitive, input]) => `('${primitive}', ${input})`).join(', ')}]`;
}

/** `range(a, b)` where the states ascend without a gap, as the Python programs print it, else a list. */
function writeConcat(states: readonly number[]): string {
  const first = states[0]!;
  return states.every((state, i) => state === first + i)
    ? `range(${first}, ${first + states.length})`
    : `[${states.join(', ')}]`;
}

/**
 * Writes a genotype as the Python text that DARTS and its descendants print and read:
 * `Genotype(normal=[('sep_conv_3x3', 1), ...], normal_concat=range(2, 6), reduce=[...], reduce_concat=range(2, 6))`.
 *
 * @throws TypeError or RangeError that names the first wrong field.
 */
export function genotypeToPython(genotype: Genotype, { name }: WritePythonOptions = {}): string {
  if (name !== undefined && !/^[A-Za-z_]\w*$/.test(name)) {
    throw typeError(
      'genotypeToPython',
      'name must be a Python variable',
      name,
      "use for example 'my_genotype'",
    );
  }
  const { normal, normalConcat, reduce, reduceConcat } = checkGenotype('genotypeToPython', genotype, {});
  const call = `Genotype(normal=${writeEdges(normal)}, normal_concat=${writeConcat(normalConcat)}, reduce=${writeEdges(reduce)}, reduce_concat=${writeConcat(reduceConcat)})`;
  return name === undefined ? call : `${name} = ${call}`;
}

/**
 * Reads the Python text of a genotype without evaluating it. It may be assigned to a variable, and may hold comments
 * and line breaks, either kind of quote, lists or tuples, and `range(...)`.
 *
 * @throws SyntaxError with line and column where the text cannot be read; TypeError or RangeError that names the
 * first wrong field of what was read.
 */
export function genotypeFromPython<P extends string = string>(
  text: string,
  options: ReadGenotypeOptions<P> = {},
): Genotype<Exclude<P, 'none'>> {
  if (typeof text !== 'string') {
    throw typeError(
      'genotypeFromPython',
      'the genotype must be text',
      text,
      "pass 'Genotype(normal=[...], ...)'",
    );
  }
  const { fields } = parsePython('genotypeFromPython', text);
  const genotype = {
    normal: fields.get('normal'),
    normalConcat: fields.get('normal_concat'),
    reduce: fields.get('reduce'),
    reduceConcat: fields.get('reduce_concat'),
  };
  return checkGenotype('genotypeFromPython', genotype, options);
}
