import { textWidth } from './columns';
import type { CellGraph } from './graph';
import {
  type Box,
  type CellLayout,
  layoutCell,
  type PlacedEdge,
  type PlacedLine,
  type Point,
} from './layout';
import { operationFamily, operationLabel, weightLabel } from './operations';
import { FONT, MARGIN, PILL_RADIUS, TITLE_FONT, TITLE_HEIGHT } from './sizes';
import { type DrawingTheme, themeStyle } from './theme';

/** A part of a drawing, to be placed at its own origin. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** What it shows, in words. */
  readonly description: string;
  readonly body: string;
}

const THIN = 1.5;
const BROAD = 4;

/** What XML cannot hold, in any spelling: control characters and halves of surrogate pairs. */
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** A text as XML holds it; what XML cannot hold becomes the replacement character. */
export function escapeXml(text: string): string {
  return text
    .replace(NOT_XML, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A number with at most two decimals, without a negative zero. */
function round(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

/** A level-to-level curve between two points, as the rest of a path that stands at the first. */
function curve(from: Point, to: Point): string {
  if (Math.abs(from.y - to.y) < 0.01) return `H${round(to.x)}`;
  const middle = round((from.x + to.x) / 2);
  return `C${middle} ${round(from.y)} ${middle} ${round(to.y)} ${round(to.x)} ${round(to.y)}`;
}

function move({ x, y }: Point): string {
  return `M${round(x)} ${round(y)}`;
}

function box({ x, y, width, height }: Box, radius: number): string {
  return `<rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${round(height)}" rx="${round(radius)}"/>`;
}

/** A line that runs level past the ranks it skips and curves in between. */
function line({ from, runs, to }: PlacedLine): string {
  let path = move(from);
  let at = from;
  for (const { start, end } of runs) {
    path += `${curve(at, start)}H${round(end.x)}`;
    at = end;
  }
  return to ? path + curve(at, to) : path;
}

function trunk(placed: PlacedLine): string {
  return `<path class="nd-trunk" stroke-width="${THIN}" d="${line(placed)}"/>`;
}

function fork({ x, y }: Point): string {
  return `<circle class="nd-fork" cx="${round(x)}" cy="${round(y)}" r="2.5"/>`;
}

function stateName(graph: CellGraph, state: number): string {
  const subscript = graph.inputs[state];
  return subscript === undefined ? `node ${state - graph.inputs.length}` : `c_{${subscript}}`;
}

function edge(graph: CellGraph, placed: PlacedEdge, heaviest: number): string {
  const { primitive, input, weight } = graph.nodes[placed.node]![placed.edge]!;
  const { label, line: path, to } = placed;
  const width = weight === undefined ? THIN : THIN + (BROAD - THIN) * (weight / heaviest);
  const right = { x: label.x + label.width / 2, y: label.y };
  const name = escapeXml(operationLabel(primitive));
  const shown =
    weight === undefined ? name : `${name} <tspan class="nd-weight">${weightLabel(weight)}</tspan>`;
  const way = `${primitive} from ${stateName(graph, input)} to node ${placed.node}`;
  const tip = weight === undefined ? way : `${way}, weight ${weightLabel(weight)}`;
  return `<g class="nd-${operationFamily(primitive)}"><title>${escapeXml(tip)}</title>
<path stroke-width="${round(width)}" d="${line(path)}"/><path stroke-width="${round(width)}" d="${move(right)}${curve(right, to)}"/>
${box(label, PILL_RADIUS)}<text x="${round(label.x)}" y="${round(label.y + 0.35 * FONT)}">${shown}</text></g>`;
}

function state(placed: Box, text: string, radius: number): string {
  const y = round(placed.y + 0.35 * FONT);
  return `<g class="nd-state">${box(placed, radius)}<text x="${round(placed.x)}" y="${y}">${text}</text></g>`;
}

function cellName(subscript: string): string {
  return `c<tspan class="nd-sub" dy="3">${escapeXml(subscript)}</tspan>`;
}

function describe(graph: CellGraph): string {
  const nodes = graph.nodes.map((edges, node) => {
    const parts = edges.map(
      ({ primitive, input }) => `${operationLabel(primitive)} of ${stateName(graph, input)}`,
    );
    return `Node ${node} is ${parts.length > 0 ? `the sum of ${parts.join(' and ')}` : 'zero'}.`;
  });
  const output = graph.output.map((state) => stateName(graph, state)).join(', ');
  const verb = graph.output.length > 1 ? 'concatenates' : 'is';
  return `${nodes.join(' ')} The output c_{k} ${verb} ${output}.`;
}

function drawLayout(graph: CellGraph, layout: CellLayout): string {
  const weights = graph.nodes.flatMap((edges) => edges.map(({ weight }) => weight ?? 0));
  const heaviest = Math.max(Number.MIN_VALUE, ...weights);
  return [
    ...layout.trunks.map(trunk),
    ...layout.edges.map((placed) => edge(graph, placed, heaviest)),
    ...layout.forks.map(fork),
    ...layout.states.map((placed, i) => {
      const subscript = graph.inputs[i];
      return subscript === undefined
        ? state(placed, String(i - graph.inputs.length), placed.height / 2)
        : state(placed, cellName(subscript), PILL_RADIUS);
    }),
    state(layout.output, cellName('k'), PILL_RADIUS),
  ].join('\n');
}

/** Draws one cell under its title. */
export function drawGraph(graph: CellGraph, title: string): Picture {
  const layout = layoutCell(graph);
  const top = title === '' ? 0 : TITLE_HEIGHT;
  const heading =
    title === '' ? '' : `<text class="nd-title" x="0" y="${TITLE_FONT}">${escapeXml(title)}</text>\n`;
  return {
    width: Math.max(layout.width, textWidth(title, TITLE_FONT)),
    height: layout.height + top,
    title,
    description: describe(graph),
    body: `${heading}<g transform="translate(0 ${top})">\n${drawLayout(graph, layout)}\n</g>`,
  };
}

/** A whole SVG document with the pictures in a row or a column. */
export function svgDocument(
  pictures: readonly Picture[],
  { title, theme, direction }: { title: string; theme: DrawingTheme; direction: 'row' | 'column' },
): string {
  const gap = 2 * MARGIN;
  const row = direction === 'row';
  let offset = MARGIN;
  const parts = pictures.map(({ body, width, height }) => {
    const at = row ? `${round(offset)} ${MARGIN}` : `${MARGIN} ${round(offset)}`;
    offset += (row ? width : height) + gap;
    return `<g transform="translate(${at})">\n${body}\n</g>`;
  });
  const along = offset - gap + MARGIN;
  const across = 2 * MARGIN + Math.max(...pictures.map(({ width, height }) => (row ? height : width)));
  const width = Math.ceil(row ? along : across);
  const height = Math.ceil(row ? across : along);
  const description = pictures
    .map((picture) =>
      pictures.length > 1 ? `${picture.title}: ${picture.description}` : picture.description,
    )
    .join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" class="nd-${theme}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeXml(title)}</title>
<desc>${escapeXml(description)}</desc>
<style>
${themeStyle(theme)}
</style>
<rect class="nd-paper" width="${width}" height="${height}" rx="8"/>
${parts.join('\n')}
</svg>
`;
}
