import type { Genotype } from '../../genotype';
import { operationFamily, operationLabel } from '../../genotype/drawing/operations';
import { themeStyle } from '../../genotype/drawing/theme';
import type { EpochRecord } from '../../search';
import { alphaShape, type CellType, type DartsSpace, edgeCandidates, edgeEnds } from '../../spaces';
import { type Chart, type ChartLine, chartBody, chartStyle, valueRange } from './chart';
import { coordinate, escapeText, stateName } from './text';

/** The small chart of one edge. */
export interface EdgeChart extends Chart {
  readonly cell: CellType;
  /** The node the edge leads to, from 0. */
  readonly node: number;
  /** The state it starts from. */
  readonly input: number;
  /** The operation that survives on the edge, if it does. */
  readonly kept: string | undefined;
}

export const cellTypes = ['normal', 'reduce'] as const;
export const cellTitles = { normal: 'Normal cell', reduce: 'Reduction cell' } as const;

const DASHES = ['', '5 3', '1.5 3.5', '8 3 1.5 3'];
const SIZE = { width: 200, height: 124 };

/** How every primitive of a space is drawn: its family's colour, told apart within the family by dashes. */
export function primitiveStyles(
  primitives: readonly string[],
): ReadonlyMap<string, { readonly className: string; readonly dash: string }> {
  const seen = new Map<string, number>();
  return new Map(
    primitives.map((primitive) => {
      const family = operationFamily(primitive);
      const nth = seen.get(family) ?? 0;
      seen.set(family, nth + 1);
      return [primitive, { className: `nd-${family}`, dash: DASHES[nth % DASHES.length]! }];
    }),
  );
}

function keptOperation(genotype: Genotype, cell: CellType, node: number, input: number): string | undefined {
  return genotype[cell].slice(2 * node, 2 * node + 2).find(([, from]) => from === input)?.[0];
}

/** The charts of all edges of both cells, one line a candidate, all over the same range. */
export function edgeCharts(
  space: DartsSpace,
  history: readonly EpochRecord[],
  epochs: number,
): readonly EdgeChart[] {
  const styles = primitiveStyles(space.primitives);
  const [edges, candidates] = alphaShape(space);
  const { genotype } = history.at(-1)!;
  const linesOf = (cell: CellType, edge: number): ChartLine[] =>
    edgeCandidates(space, cell, edge).map((primitive, k) => ({
      label: operationLabel(primitive),
      ...styles.get(primitive)!,
      values: history.map(({ alphas }) => alphas[cell][edge]![k]!),
    }));
  const all = cellTypes.flatMap((cell) =>
    Array.from({ length: edges }, (_, edge) => ({ cell, edge, lines: linesOf(cell, edge) })),
  );
  const [low, high] = valueRange(all.flatMap(({ lines }) => lines));
  const reference = 1 / candidates;
  const margin = 0.04 * (high - low);
  const range = [Math.min(low, reference) - margin, Math.max(high, reference) + margin] as const;
  return all.map(({ cell, edge, lines }) => {
    const { node, input } = edgeEnds(edge);
    const kept = keptOperation(genotype, cell, node, input);
    const strongest = lines.reduce((a, b) => (b.values.at(-1)! > a.values.at(-1)! ? b : a));
    return {
      id: `${cell}-${edge}`,
      title: `Edge weights from ${stateName(input)} to node ${node} of the ${cellTitles[cell].toLowerCase()}; strongest: ${strongest.label}, ${strongest.values.at(-1)!.toFixed(3)}`,
      lines,
      epochs,
      ...SIZE,
      range,
      reference,
      ticks: [4, 3],
      cell,
      node,
      input,
      kept,
    };
  });
}

/** Options of {@link drawAlphaHistory}. */
export interface AlphaHistoryOptions {
  /** Length of the time axis. Default: the epochs of the history. */
  readonly epochs?: number;
}

const GAP = 18;
const HEADING = 22;
const MARGIN = 20;

/**
 * Draws the history of both alphas as a self-contained SVG text: a small chart for every edge, one line a candidate in the
 * colours of the cell drawings, nodes from top to bottom, the states the edges start from left to right.
 *
 * @param space - The space that was searched.
 * @param history - The epochs of a run, at least one.
 */
export function drawAlphaHistory(
  space: DartsSpace,
  history: readonly EpochRecord[],
  { epochs = history.length }: AlphaHistoryOptions = {},
): string {
  const columns = space.nodes + 1;
  const width = 2 * MARGIN + columns * SIZE.width + (columns - 1) * GAP;
  const rowHeight = HEADING + SIZE.height + GAP;
  const legendTop = MARGIN + 12;
  const cellTop = (cell: CellType) =>
    legendTop + 30 + cellTypes.indexOf(cell) * (space.nodes * rowHeight + 40);
  const height = cellTop('reduce') + 40 + space.nodes * rowHeight;
  let x = MARGIN;
  const legend = [...primitiveStyles(space.primitives)].map(([primitive, { className, dash }]) => {
    const label = operationLabel(primitive);
    const at = x;
    x += 48 + 7 * label.length;
    return `<g class="${className}"><path stroke-width="2" stroke-dasharray="${dash}" d="M${at} ${legendTop - 4}h26"/><text class="nd-label" x="${at + 32}" y="${legendTop}">${escapeText(label)}</text></g>`;
  });
  const headings = cellTypes.map(
    (cell) => `<text class="nd-title" x="${MARGIN}" y="${cellTop(cell) + 14}">${cellTitles[cell]}</text>`,
  );
  const charts = edgeCharts(space, history, epochs).map((chart) => {
    const { cell, node, input, kept } = chart;
    const left = MARGIN + input * (SIZE.width + GAP);
    const top = cellTop(cell) + 28 + node * rowHeight;
    const name = `${stateName(input)} → ${node}`;
    const label = kept === undefined ? name : `${name}: ${operationLabel(kept)}`;
    return `<g transform="translate(${left} ${coordinate(top)})"><title>${escapeText(chart.title)}</title><text class="nd-label${kept === undefined ? '' : ' nd-kept'}" x="8" y="12">${escapeText(label)}</text>
<g transform="translate(0 ${HEADING - 4})">${chartBody(chart).body}</g></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="nd-auto nd-chart nd-alone" width="${Math.max(width, x)}" height="${height}" viewBox="0 0 ${Math.max(width, x)} ${height}" role="img">
<title>Edge weights over ${history.length} epochs</title>
<style>
${themeStyle('auto')}
${chartStyle}
.nd-alone{color:#1f2937}
@media (prefers-color-scheme:dark){.nd-alone{color:#e6eaf0}}
.nd-alone text.nd-label{text-anchor:start;font-size:12px;font-weight:400}
.nd-alone text.nd-kept{font-weight:700}
</style>
<rect class="nd-paper" width="${Math.max(width, x)}" height="${height}" rx="8"/>
${[...legend, ...headings, ...charts].join('\n')}
</svg>
`;
}
