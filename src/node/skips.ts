import type { Genotype } from '../genotype';
import type { CellType } from '../spaces';

/** How many of a cell's edges are skip connections. */
export function countSkips(genotype: Genotype, cell: CellType): number {
  return genotype[cell].filter(([primitive]) => primitive === 'skip_connect').length;
}
