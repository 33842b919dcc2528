import type { Genotype, GenotypeOf, NasBench201Cell } from './types';

const isCell = (genotype: GenotypeOf): genotype is NasBench201Cell => Array.isArray(genotype);

/**
 * The operations that a genotype of any kind kept, by the name of the searched cell and in the genotype's order.
 * Edges on which `none` won count as operations.
 */
export function keptOperations(genotype: GenotypeOf): Readonly<Record<string, readonly string[]>> {
  const operations = (edges: Genotype['normal']) => edges.map(([primitive]) => primitive);
  if (isCell(genotype)) return { cell: operations(genotype.flat()) };
  return { normal: operations(genotype.normal), reduce: operations(genotype.reduce) };
}
