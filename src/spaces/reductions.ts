import { rangeError, requireKind } from '../errors';
import { requireSpace } from './edges';
import type { DartsSpace } from './types';

/**
 * Which of a network's cells are reduction cells, ascending. The rule `thirds` gives floor(cells / 3) and
 * floor(2 cells / 3): 2 and 5 of 8, 6 and 13 of 20.
 *
 * @param cells - Depth of the network in cells.
 * @throws RangeError if the space names a cell that the network does not have.
 */
export function reductionCells(space: DartsSpace, cells: number): readonly number[] {
  requireSpace('reductionCells', space, 'darts');
  const { name, reductions } = space;
  requireKind('reductionCells', 'the number of cells', cells, 'count');
  if (reductions === 'thirds') return [...new Set([Math.floor(cells / 3), Math.floor((2 * cells) / 3)])];
  for (const cell of reductions) {
    if (cell >= cells) {
      throw rangeError(
        'reductionCells',
        `${name} reduces at cell ${cell}, beyond the last of the network's cells`,
        cells,
        `use more than ${cell} cells`,
      );
    }
  }
  return reductions;
}
