import { typeError } from '../errors';
import type { AnySpace } from '../spaces';
import type { Genotype, GenotypeOf, MobileGenotype, ModelGenotype, NasBench201Cell } from './types';

const isText = (value: unknown) => typeof value === 'string';
const isModel = (genotype: unknown): genotype is ModelGenotype => {
  const operations = Object.values(Object(genotype));
  return !isText(genotype) && operations.length > 0 && operations.every(isText);
};
const isMobile = (genotype: GenotypeOf<AnySpace>): genotype is MobileGenotype => 'layers' in genotype;
const isCell = (genotype: GenotypeOf<AnySpace>): genotype is NasBench201Cell => Array.isArray(genotype);

/** Refuses what is a genotype of no kind. */
function requireGenotype(fn: string, value: unknown): void {
  const { layers, normal, reduce } = Object(value) as Readonly<Record<string, unknown>>;
  const texts = Array.isArray(layers) && layers.every(isText);
  const lists = [value, [normal, reduce]].some((all) => Array.isArray(all) && all.every(Array.isArray));
  if (!texts && !lists && !isModel(value))
    throw typeError(fn, 'there must be a genotype', value, 'pass what a search arrived at');
}

/**
 * The operations that a genotype of any kind kept, by the name of the searched cell and in the genotype's order;
 * those of a mobile network under `layers`, those of a model's edges under `edges`.
 * Edges on which `none` won count as operations.
 */
export function keptOperations(genotype: GenotypeOf<AnySpace>): Readonly<Record<string, readonly string[]>> {
  requireGenotype('keptOperations', genotype);
  if (isModel(genotype)) return { edges: Object.values(genotype) };
  const operations = (edges: Genotype['normal']) => edges.map(([primitive]) => primitive);
  if (isCell(genotype)) return { cell: operations(genotype.flat()) };
  if (isMobile(genotype)) return { layers: genotype.layers };
  return { normal: operations(genotype.normal), reduce: operations(genotype.reduce) };
}
