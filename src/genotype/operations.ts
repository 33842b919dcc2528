import { typeError } from '../errors';
import type { Genotype, GenotypeOf, MobileGenotype, NasBench201Cell } from './types';

const isMobile = (genotype: GenotypeOf): genotype is MobileGenotype => 'layers' in genotype;
const isCell = (genotype: GenotypeOf): genotype is NasBench201Cell => Array.isArray(genotype);

/** Refuses what is a genotype of no kind. */
function requireGenotype(fn: string, value: unknown): void {
  const { layers, normal, reduce } = Object(value) as Readonly<Record<string, unknown>>;
  const texts = Array.isArray(layers) && layers.every((layer) => typeof layer === 'string');
  const lists = [value, [normal, reduce]].some((all) => Array.isArray(all) && all.every(Array.isArray));
  if (!texts && !lists)
    throw typeError(fn, 'there must be a genotype', value, 'pass what a search arrived at');
}

/**
 * The operations that a genotype of any kind kept, by the name of the searched cell and in the genotype's order;
 * those of a mobile network under `layers`.
 * Edges on which `none` won count as operations.
 */
export function keptOperations(genotype: GenotypeOf): Readonly<Record<string, readonly string[]>> {
  requireGenotype('keptOperations', genotype);
  const operations = (edges: Genotype['normal']) => edges.map(([primitive]) => primitive);
  if (isCell(genotype)) return { cell: operations(genotype.flat()) };
  if (isMobile(genotype)) return { layers: genotype.layers };
  return { normal: operations(genotype.normal), reduce: operations(genotype.reduce) };
}
