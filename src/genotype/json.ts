import { rangeError, typeError } from '../errors';
import { checkText } from './python/tokens';
import type { Genotype, GenotypeEdge } from './types';
import { checkGenotype, type ReadGenotypeOptions } from './validate';

const FORMAT = 'noisydarts-genotype';
const VERSION = 1;

function edgeLines(edges: readonly GenotypeEdge[]): string {
  const lines = [];
  for (let i = 0; i < edges.length; i += 2) {
    lines.push(
      `    ${edges
        .slice(i, i + 2)
        .map((edge) => `["${edge[0]}", ${edge[1]}]`)
        .join(', ')}`,
    );
  }
  return `[\n${lines.join(',\n')}\n  ]`;
}

/**
 * Writes a genotype as versioned JSON, one node a line. The same genotype always gives the same text.
 *
 * @throws TypeError or RangeError that names the first wrong field.
 */
export function genotypeToJson(genotype: Genotype): string {
  const { normal, normalConcat, reduce, reduceConcat } = checkGenotype('genotypeToJson', genotype, {});
  return `{
  "format": "${FORMAT}",
  "version": ${VERSION},
  "normal": ${edgeLines(normal)},
  "normalConcat": [${normalConcat.join(', ')}],
  "reduce": ${edgeLines(reduce)},
  "reduceConcat": [${reduceConcat.join(', ')}]
}
`;
}

function parse(text: string): unknown {
  checkText('genotypeFromJson', text, 'pass what genotypeToJson wrote');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw typeError(
      'genotypeFromJson',
      `this is not JSON (${(error as Error).message})`,
      text,
      'pass what genotypeToJson wrote',
    );
  }
}

/**
 * Reads what {@link genotypeToJson} wrote, as text or already parsed. Fields that it does not know are left out.
 *
 * @throws TypeError or RangeError that names the first wrong field.
 */
export function genotypeFromJson<P extends string = string>(
  input: unknown,
  options: ReadGenotypeOptions<P> = {},
): Genotype<Exclude<P, 'none'>> {
  const value = typeof input === 'string' ? parse(input) : input;
  if (value === null || typeof value !== 'object') {
    throw typeError(
      'genotypeFromJson',
      'a genotype must be an object',
      value,
      'pass what genotypeToJson wrote',
    );
  }
  const { format, version } = value as { readonly format?: unknown; readonly version?: unknown };
  if (format !== FORMAT) {
    throw typeError(
      'genotypeFromJson',
      `format must be '${FORMAT}'`,
      format,
      'pass what genotypeToJson wrote, or use validateGenotype for a bare object',
    );
  }
  if (version !== VERSION) {
    throw rangeError(
      'genotypeFromJson',
      `version must be ${VERSION}`,
      version,
      'use the release that wrote it, or a newer one',
    );
  }
  return checkGenotype('genotypeFromJson', value, options);
}
