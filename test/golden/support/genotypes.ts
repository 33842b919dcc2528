import { type PublishedGenotypeName, publishedGenotype } from '../../../src/catalogue';
import type { Genotype } from '../../../src/genotype';

/** A genotype with the official names of its fields. */
export interface GenotypeFixture {
  readonly normal: Genotype['normal'];
  readonly normal_concat: readonly number[];
  readonly reduce: Genotype['reduce'];
  readonly reduce_concat: readonly number[];
}

/** A fixture's genotype in this library's words. */
export function genotypeOf({ normal, normal_concat, reduce, reduce_concat }: GenotypeFixture): Genotype {
  return { normal, normalConcat: normal_concat, reduce, reduceConcat: reduce_concat };
}

/** The genotype that a fixture means: the cells themselves, or a name in its own list or else in the catalogue. */
export function genotypeNamed(
  given: string | GenotypeFixture,
  list: Readonly<Record<string, GenotypeFixture>> = {},
): Genotype {
  if (typeof given !== 'string') return genotypeOf(given);
  const own = list[given];
  return own ? genotypeOf(own) : publishedGenotype(given as PublishedGenotypeName);
}
