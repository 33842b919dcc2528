import { checkOptions, rangeError, typeError } from '../../errors';
import { type CellType, type NasBench201Space, nasBench201 } from '../../spaces';
import { checkCell } from '../nas-bench-201';
import type { Genotype, NasBench201Cell } from '../types';
import { checkGenotype } from '../validate';
import type { CellGraph } from './graph';
import { drawGraph, svgDocument } from './render';
import { type DrawingTheme, requireTheme } from './theme';

/** Options of all drawings. */
export interface DrawOptions {
  /** The heading; an empty text leaves it out. Default: what is drawn. */
  readonly title?: string;
  /** Colours: `'light'`, `'dark'`, or `'auto'` for whichever the reader prefers. Default `'auto'`. */
  readonly theme?: DrawingTheme;
}

/** Options of {@link drawCell}. */
export interface DrawCellOptions extends DrawOptions {
  /**
   * The weight of each edge, in the genotype's order, as `genotypeWeights` gives them: lines grow with it. Default
   * none.
   */
  readonly weights?: readonly number[];
}

/** Options of {@link drawGenotype}. */
export interface DrawGenotypeOptions extends DrawOptions {
  /** The weights of both cells' edges, as `genotypeWeights` gives them. Default none. */
  readonly weights?: { readonly [cell in CellType]: readonly number[] };
  /** Whether the cells stand one above the other or side by side. Default `'column'`. */
  readonly direction?: 'column' | 'row';
}

/** Options of {@link drawNasBench201Cell}. */
export interface DrawNasBench201CellOptions extends DrawOptions {
  /** The space of the cell. Default `nasBench201()`. */
  readonly space?: NasBench201Space;
}

const TITLES = { normal: 'Normal cell', reduce: 'Reduction cell' } as const;

function cellGraph(
  fn: string,
  genotype: Genotype,
  cell: CellType,
  weights: readonly number[] | undefined,
): CellGraph {
  const edges = genotype[cell];
  if (weights && weights.length !== edges.length) {
    throw rangeError(
      fn,
      `the ${cell} cell needs ${edges.length} weights`,
      weights.length,
      'pass one for each edge',
    );
  }
  const drawn = edges.map(([primitive, input], i) => {
    const weight = weights?.[i];
    if (weight === undefined) return { primitive, input };
    if (!(weight >= 0 && weight <= 1)) {
      throw rangeError(
        fn,
        `weight ${i} of the ${cell} cell must be between 0 and 1`,
        weight,
        'pass softmax weights',
      );
    }
    return { primitive, input, weight };
  });
  const nodes = Array.from({ length: edges.length / 2 }, (_, node) => drawn.slice(2 * node, 2 * node + 2));
  return { inputs: ['k−2', 'k−1'], nodes, output: genotype[`${cell}Concat`] };
}

/**
 * Draws one cell of a genotype as a self-contained SVG text: the two previous cells on the left, the nodes in the
 * order of their making, the output on the right, every edge labelled with its operation and coloured by the
 * operation's family. The same arguments always give the same text.
 *
 * @throws TypeError or RangeError that names what is wrong with the genotype or the weights.
 */
export function drawCell(genotype: Genotype, cell: CellType, options: DrawCellOptions = {}): string {
  const {
    title,
    theme = 'auto',
    weights,
  } = checkOptions('drawCell', options, {
    title: 'text',
    theme: true,
    weights: 'list',
  });
  if (cell !== 'normal' && cell !== 'reduce') {
    throw typeError('drawCell', "the cell must be 'normal' or 'reduce'", cell, 'name one of the two');
  }
  requireTheme('drawCell', theme);
  const graph = cellGraph('drawCell', checkGenotype('drawCell', genotype, {}), cell, weights);
  const picture = drawGraph(graph, title ?? TITLES[cell]);
  return svgDocument([picture], { title: title || TITLES[cell], theme, direction: 'column' });
}

/**
 * Draws both cells of a genotype in one SVG text; see {@link drawCell}.
 *
 * @throws TypeError or RangeError that names what is wrong with the genotype or the weights.
 */
export function drawGenotype(genotype: Genotype, options: DrawGenotypeOptions = {}): string {
  const {
    title = '',
    theme = 'auto',
    weights,
    direction = 'column',
  } = checkOptions('drawGenotype', options, {
    title: 'text',
    theme: true,
    weights: 'object',
    direction: true,
  });
  requireTheme('drawGenotype', theme);
  if (direction !== 'column' && direction !== 'row')
    throw rangeError('drawGenotype', "direction must be 'column' or 'row'", direction, 'choose one');
  const checked = checkGenotype('drawGenotype', genotype, {});
  const pictures = (['normal', 'reduce'] as const).map((cell) =>
    drawGraph(
      cellGraph('drawGenotype', checked, cell, weights?.[cell]),
      title ? `${title}, ${TITLES[cell].toLowerCase()}` : TITLES[cell],
    ),
  );
  return svgDocument(pictures, { title: title || 'Normal and reduction cell', theme, direction });
}

/**
 * Draws a cell of NAS-Bench-201 as a self-contained SVG text, absent edges (`none`) left out; see {@link drawCell}.
 *
 * @throws RangeError if the cell is not of the space.
 */
export function drawNasBench201Cell(cell: NasBench201Cell, options: DrawNasBench201CellOptions = {}): string {
  const {
    title,
    theme = 'auto',
    space = nasBench201(),
  } = checkOptions('drawNasBench201Cell', options, {
    title: 'text',
    theme: true,
    space: 'object',
  });
  requireTheme('drawNasBench201Cell', theme);
  const checked = checkCell('drawNasBench201Cell', cell, space);
  const nodes = checked.map((edges) =>
    edges.filter(([primitive]) => primitive !== 'none').map(([primitive, input]) => ({ primitive, input })),
  );
  const picture = drawGraph({ inputs: ['k−1'], nodes, output: [nodes.length] }, title ?? 'Cell');
  return svgDocument([picture], { title: title || `Cell of ${space.name}`, theme, direction: 'column' });
}
