import { rangeError } from '../errors';
import type { Genotype, GenotypeEdge } from '../genotype';
import type { DartsPrimitive } from '../spaces';
import { abbreviations, published } from './published';

/** The name of a published genotype, as in the official `genotypes.py`. */
export type PublishedGenotypeName = keyof typeof published;

/** The primitives of all published genotypes together. */
export type PublishedPrimitive = (typeof abbreviations)[keyof typeof abbreviations];

/** A published genotype: NoisyDARTS's own hold the seven primitives of its space only. */
export type PublishedGenotype<N extends PublishedGenotypeName> = Genotype<
  N extends `noisy_darts_${string}` ? DartsPrimitive : PublishedPrimitive
>;

/**
 * The names of the published genotypes: NASNet, AmoebaNet, then noisy_darts_a to noisy_darts_n with their runs 1 to
 * 7.
 */
export const publishedGenotypeNames = Object.keys(published) as readonly PublishedGenotypeName[];

function parseCell(text: string) {
  const [edgeText = '', outputText] = text.split('>');
  const edges = edgeText
    .trim()
    .split(' ')
    .map((edge): GenotypeEdge<PublishedPrimitive> => {
      const [short, input] = edge.split('.');
      return [abbreviations[short as keyof typeof abbreviations], Number(input)];
    });
  const concat = outputText
    ? outputText.trim().split(' ').map(Number)
    : Array.from({ length: edges.length / 2 }, (_, node) => node + 2);
  return { edges, concat };
}

/**
 * A published genotype by its name in the official `genotypes.py`: `noisy_darts_a` to `noisy_darts_n` are the
 * fourteen noise settings, `_1` to `_7` further runs of each. `noisy_darts_b_3` and `noisy_darts_b_5` are the same.
 *
 * @throws RangeError if there is none of this name.
 *
 * Source: NoisyDARTS's code release; NASNet and AmoebaNet as DARTS transcribes them.
 */
export function publishedGenotype<N extends PublishedGenotypeName>(name: N): PublishedGenotype<N>;
export function publishedGenotype(name: PublishedGenotypeName): Genotype<PublishedPrimitive> {
  if (typeof name !== 'string' || !Object.hasOwn(published, name)) {
    throw rangeError(
      'publishedGenotype',
      'there is no published genotype of this name',
      name,
      'see publishedGenotypeNames',
    );
  }
  const [normal, reduce] = published[name].split('|').map(parseCell);
  return {
    normal: normal!.edges,
    normalConcat: normal!.concat,
    reduce: reduce!.edges,
    reduceConcat: reduce!.concat,
  };
}
