import type { Genotype, GenotypeOf, MobileGenotype, NasBench201Cell } from './types';

const isMobile = (genotype: GenotypeOf): genotype is MobileGenotype => 'layers' in genotype;
const isCell = (genotype: GenotypeOf): genotype is NasBench201Cell => Array.isArray(genotype);

/**
 * The operations that a genotype of any kind kept, by the name of the searched cell and in the genotype's order;
 * those of a mobile network under `layers`.
 * Edges on which `none` won count as operations.
 */
export function keptOperations(genotype: GenotypeOf): Readonly<Record<string, readonly string[]>> {
  const operations = (edges: Genotype['normal']) => edges.map(([primitive]) => primitive);
  if (isCell(genotype)) return { cell: operations(genotype.flat()) };
  if (isMobile(genotype)) return { layers: genotype.layers };
  return { normal: operations(genotype.normal), reduce: operations(genotype.reduce) };
}
