import { checkOptions, requireList } from '../../errors';
import type { GenotypeOf } from '../../genotype';
import { operationFamily, operationLabel } from '../../genotype/drawing/operations';
import type { EpochRecord } from '../../search';
import type { AnySpace } from '../../spaces';
import { type Chart, type ChartLine, chartBody, labelStyle, standalone, valueRange } from './chart';
import { frozenMarks } from './frozen';
import { foundEpoch } from './run';
import { cellViews, type EdgeView, keptOn } from './space-view';
import { coordinate, escapeText } from './text';

/** The small chart of one edge. */
export interface EdgeChart extends Chart {
  /** The searched cell, by its name. */
  readonly cell: string;
  readonly edge: EdgeView;
  /** The operation that survives on the edge, if it does. */
  readonly kept: string | undefined;
}

/** The weights of an edge at the end of an epoch. */
export function edgeWeights(
  { alphas }: EpochRecord<AnySpace>,
  { alpha, index }: EdgeView,
): readonly number[] {
  return (alphas as Readonly<Record<string, number[][]>>)[alpha]![index]!;
}

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

/** The charts of all edges of all cells, one line a candidate, all over the same range. */
export function edgeCharts(
  space: AnySpace,
  history: readonly EpochRecord<AnySpace>[],
  epochs: number,
  genotype: GenotypeOf<AnySpace> = history.at(-1)!.genotype,
): readonly EdgeChart[] {
  const styles = primitiveStyles(space.primitives);
  const linesOf = (edge: EdgeView): ChartLine[] =>
    edge.candidates.map((primitive, k) => ({
      label: operationLabel(primitive),
      ...styles.get(primitive)!,
      values: history.map((record) => edgeWeights(record, edge)[k]!),
      marks: frozenMarks(history, edge, primitive),
    }));
  const all = cellViews(space).flatMap(({ name, edges }) =>
    edges.map((edge, i) => ({ id: `${name}-${i}`, cell: name, edge, lines: linesOf(edge) })),
  );
  const [low, high] = valueRange(all.flatMap(({ lines }) => lines));
  const references = all.map(({ lines }) => 1 / lines.length);
  const margin = 0.04 * (high - low);
  const range = [Math.min(low, ...references) - margin, Math.max(high, ...references) + margin] as const;
  return all.map(({ id, cell, edge, lines }) => {
    const strongest = lines.reduce((a, b) => (b.values.at(-1)! > a.values.at(-1)! ? b : a));
    return {
      id,
      title: `Edge weights ${edge.phrase}; strongest: ${strongest.label}, ${strongest.values.at(-1)!.toFixed(3)}`,
      lines,
      epochs,
      ...SIZE,
      range,
      reference: 1 / lines.length,
      ticks: [4, 3],
      cell,
      edge,
      kept: keptOn(genotype, edge),
    };
  });
}

/** Options of {@link drawAlphaHistory}. */
export interface AlphaHistoryOptions {
  /** Length of the time axis. Default: the epochs of the history. */
  readonly epochs?: number;
  /** The genotype whose operations are named. Default: that of the last epoch. */
  readonly genotype?: GenotypeOf<AnySpace>;
}

const GAP = 18;
const HEADING = 22;
const MARGIN = 20;

/**
 * Draws the history of the alphas as a self-contained SVG text: a small chart for every edge, one line a candidate in the
 * colours of the cell drawings, nodes from top to bottom, the states the edges start from left to right. A ring where a policy
 * has frozen an operation.
 *
 * @param space - The space that was searched.
 * @param history - The epochs of a run, at least one.
 * @throws RangeError if there is none.
 */
export function drawAlphaHistory(
  space: AnySpace,
  history: readonly EpochRecord<AnySpace>[],
  options: AlphaHistoryOptions = {},
): string {
  requireList('drawAlphaHistory', 'the history', history, 'pass the epochs of a run');
  foundEpoch('drawAlphaHistory', { history });
  const { epochs = history.length, genotype } = checkOptions('drawAlphaHistory', options, {
    epochs: true,
    genotype: true,
  });
  const cells = cellViews(space);
  const columns = Math.max(...cells.map((cell) => cell.columns));
  const width = 2 * MARGIN + columns * SIZE.width + (columns - 1) * GAP;
  const rowHeight = HEADING + SIZE.height + GAP;
  const legendTop = MARGIN + 12;
  const tops = new Map<string, number>();
  let height = legendTop + 30;
  for (const { name, rows } of cells) {
    tops.set(name, height);
    height += rows * rowHeight + 40;
  }
  let x = MARGIN;
  const legend = [...primitiveStyles(space.primitives)].map(([primitive, { className, dash }]) => {
    const label = operationLabel(primitive);
    const at = x;
    x += 48 + 7 * label.length;
    return `<g class="${className}"><path stroke-width="2" stroke-dasharray="${dash}" d="M${at} ${legendTop - 4}h26"/><text class="nd-label" x="${at + 32}" y="${legendTop}">${escapeText(label)}</text></g>`;
  });
  const headings = cells.map(
    ({ name, title }) => `<text class="nd-title" x="${MARGIN}" y="${tops.get(name)! + 14}">${title}</text>`,
  );
  const charts = edgeCharts(space, history, epochs, genotype).map((chart) => {
    const { cell, edge, kept } = chart;
    const left = MARGIN + edge.column * (SIZE.width + GAP);
    const top = tops.get(cell)! + 28 + edge.row * rowHeight;
    const name = edge.caption;
    const label = kept === undefined ? name : `${name}: ${operationLabel(kept)}`;
    return `<g transform="translate(${left} ${coordinate(top)})"><title>${escapeText(chart.title)}</title><text class="nd-label${kept === undefined ? '' : ' nd-kept'}" x="8" y="12">${escapeText(label)}</text>
<g transform="translate(0 ${HEADING - 4})">${chartBody(chart).body}</g></g>`;
  });
  return standalone({
    width: Math.max(width, x),
    height,
    title: `Edge weights over ${history.length} epochs`,
    style: `${labelStyle}\n.nd-alone text.nd-kept{font-weight:700}`,
    body: [...legend, ...headings, ...charts].join('\n'),
  });
}
