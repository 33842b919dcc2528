import { checkOptions, typeError } from '../errors';
import { type PythonGenotype, parsePython } from './python/parser';
import { statements } from './python/statements';
import { checkText } from './python/tokens';
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
export function genotypeToPython(genotype: Genotype, options: WritePythonOptions = {}): string {
  const { name } = checkOptions('genotypeToPython', options, { name: true });
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
  checkText('genotypeFromPython', text, "pass 'Genotype(normal=[...], ...)'");
  return checkGenotype(
    'genotypeFromPython',
    genotypeFields(parsePython('genotypeFromPython', text)),
    options,
  );
}

function genotypeFields({ fields }: PythonGenotype): unknown {
  return {
    normal: fields.get('normal'),
    normalConcat: fields.get('normal_concat'),
    reduce: fields.get('reduce'),
    reduceConcat: fields.get('reduce_concat'),
  };
}

/**
 * Reads all genotypes of a Python file, such as the `genotypes.py` of DARTS and its descendants, or of a log, without
 * evaluating any of it. Whatever else stands there is passed over: imports, comments, lists of primitives, times before a
 * line.
 *
 * @returns The genotypes by the variables they are assigned to, in the order of the text, aliases (`DARTS = DARTS_V2`)
 * included. One without a variable is called `genotype`; a name that comes again gets `_2`, `_3` and so on.
 * @throws TypeError if there is none; SyntaxError with line and column where one cannot be read; TypeError or RangeError that
 * names the first wrong field of what was read.
 */
export function genotypesFromPython<P extends string = string>(
  text: string,
  options: ReadGenotypeOptions<P> = {},
): Readonly<Record<string, Genotype<Exclude<P, 'none'>>>> {
  const fn = 'genotypesFromPython';
  checkText(fn, text, 'pass what a genotypes.py or a log holds');
  const found = new Map<string, Genotype<Exclude<P, 'none'>>>();
  const times = new Map<string, number>();
  const keep = (name: string, genotype: Genotype<Exclude<P, 'none'>>) => {
    let key = name;
    while (found.has(key)) {
      const time = (times.get(name) ?? 1) + 1;
      times.set(name, time);
      key = `${name}_${time}`;
    }
    found.set(key, genotype);
  };
  for (const { name = 'genotype', alias, start, end } of statements(text)) {
    if (alias === undefined) {
      keep(name, checkGenotype(fn, genotypeFields(parsePython(fn, text, start, end)), options));
    } else if (found.has(alias)) keep(name, found.get(alias)!);
  }
  if (found.size === 0)
    throw typeError(fn, 'there is no genotype in the text', text, 'write Genotype(normal=[...], ...)');
  return Object.fromEntries(found);
}
