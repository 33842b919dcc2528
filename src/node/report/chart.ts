import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { themeStyle } from '../../genotype/drawing/theme';
import { coordinate, escapeText } from './text';

/** One line of a chart. */
export interface ChartLine {
  /** Its name in legends. */
  readonly label: string;
  /** Class that colours it: `nd-` and a family of the cell drawings, or one of the page's own. */
  readonly className: string;
  /** Pattern of dashes, as SVG takes it. Default: unbroken. */
  readonly dash?: string;
  /** One value an epoch; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Least and greatest value of each epoch, drawn as a band behind the line; null where there is none. */
  readonly band?: readonly (readonly [low: number, high: number] | null)[];
  /** Epochs, from 0, at which the line is ringed, and why. */
  readonly marks?: readonly { readonly epoch: number; readonly title: string }[];
}

/** Lines over epochs. */
export interface Chart {
  /** Unique on its page. */
  readonly id: string;
  /** What it shows, for readers who cannot see it. */
  readonly title: string;
  readonly lines: readonly ChartLine[];
  /** Epochs of the whole run: the axis does not grow with the run. */
  readonly epochs: number;
  readonly width: number;
  readonly height: number;
  /** Range of the values, as it is. Default: that of the values, rounded outwards. */
  readonly range?: readonly [low: number, high: number];
  /** A value to mark by a level line. */
  readonly reference?: number;
  /** Whether the values are whole numbers. Default false. */
  readonly whole?: boolean;
  /** About how many ticks each axis gets. Default [6, 5]. */
  readonly ticks?: readonly [x: number, y: number];
}

const TOP = 8;
const RIGHT = 12;
const BOTTOM = 22;
const FONT = 11;
const DIGIT = 0.6 * FONT;

/** The style sheet of charts, beside the cell drawings' colours. */
export const chartStyle = `.nd-chart text.nd-tick{font-size:${FONT}px;font-weight:400;font-variant-numeric:tabular-nums;opacity:.72}
.nd-chart .nd-end{text-anchor:end}
.nd-chart .nd-grid{stroke:currentColor;stroke-opacity:.13}
.nd-chart .nd-reference{stroke:currentColor;stroke-opacity:.45;stroke-dasharray:2 3}
.nd-chart .nd-lines path{stroke-width:1.75;stroke-linejoin:round}
.nd-chart .nd-band path{stroke:none;fill-opacity:.18}
.nd-chart .nd-mark{fill:none;stroke:currentColor;stroke-width:1.5}
.nd-chart .nd-cross{stroke:currentColor;stroke-opacity:.5;visibility:hidden}`;

/** What {@link standalone} draws. */
interface Standalone {
  readonly width: number;
  readonly height: number;
  /** Of the whole picture, for who cannot see it; escaped. */
  readonly title: string;
  /** Rules beside those of all charts. */
  readonly style: string;
  readonly body: string;
}

/** A chart as a picture of its own, an SVG with its paper, light or dark as the reader prefers. */
export const standalone = ({ width, height, title, style, body }: Standalone): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" class="nd-auto nd-chart nd-alone" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<style>
${themeStyle('auto')}
${chartStyle}
.nd-alone{color:#1f2937}
@media (prefers-color-scheme:dark){.nd-alone{color:#e6eaf0}}
${style}
</style>
<rect class="nd-paper" width="${width}" height="${height}" rx="8"/>
${body}
</svg>
`;

/** Labels of a picture of its own that stand at the left. */
export const labelStyle = '.nd-alone text.nd-label{text-anchor:start;font-size:12px;font-weight:400}';

/** Least and greatest of all values; [0, 1] if there are none, and never empty. */
export function valueRange(lines: readonly ChartLine[]): [low: number, high: number] {
  const values = lines.flatMap(({ values, band = [] }) =>
    [...values, ...band.flat()].filter((value) => value !== null),
  );
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (low < high) return [low, high];
  const margin = low === 0 ? 1 : Math.abs(low) / 2;
  return [low - margin, high + margin];
}

/** A chart as the body of an SVG element of its width and height. */
export function chartBody({
  lines,
  epochs,
  width,
  height,
  range,
  reference,
  whole = false,
  ticks: [xTicks, yTicks] = [6, 5],
}: Chart): { readonly body: string; readonly left: number; readonly right: number } {
  const y = scaleLinear(range ?? valueRange(lines), [height - BOTTOM, TOP]);
  if (!range) y.nice(yTicks);
  const fits = (tick: number) => !whole || Number.isInteger(tick);
  const marks = y.ticks(yTicks).filter(fits);
  const format = whole ? String : y.tickFormat(yTicks);
  const labels = marks.map(format);
  const left = 10 + DIGIT * Math.max(...labels.map((label) => label.length));
  const right = width - RIGHT;
  const x = scaleLinear([1, Math.max(2, epochs)], [left, right]);
  const level = (className: string, value: number) => {
    const at = coordinate(y(value));
    return `<line class="${className}" x1="${coordinate(left)}" x2="${coordinate(right)}" y1="${at}" y2="${at}"/>`;
  };
  const path = line<readonly [number, number]>()
    .x(([epoch]) => x(epoch))
    .y(([, value]) => y(value))
    .digits(2);
  const surface = area<readonly [number, number, number]>()
    .x(([epoch]) => x(epoch))
    .y0(([, low]) => y(low))
    .y1(([, , high]) => y(high))
    .digits(2);
  const bands = lines.flatMap(({ className, band = [] }) => {
    const points = band.flatMap((ends, i) => (ends === null ? [] : [[i + 1, ...ends] as const]));
    return points.length > 1 ? [`<g class="nd-band ${className}"><path d="${surface(points)}"/></g>`] : [];
  });
  const drawn = lines.map((entry, i) => {
    // Epochs without a value are bridged: a run may evaluate every few epochs only.
    const points = entry.values.flatMap((value, i) => (value === null ? [] : [[i + 1, value] as const]));
    const last = points.at(-1);
    const dash = entry.dash ? ` stroke-dasharray="${entry.dash}"` : '';
    // A line of no length with round ends: a dot in the line's colour where the run has got to.
    const end = last
      ? `<path style="stroke-width:4.5" d="M${coordinate(x(last[0]))} ${coordinate(y(last[1]))}h0"/>`
      : '';
    const rings = (entry.marks ?? []).flatMap(({ epoch, title }) => {
      const value = entry.values[epoch];
      if (typeof value !== 'number') return [];
      const at = `cx="${coordinate(x(epoch + 1))}" cy="${coordinate(y(value))}"`;
      return [`<circle class="nd-mark" ${at} r="4"><title>${escapeText(title)}</title></circle>`];
    });
    return `<g class="${entry.className}" data-line="${i}" data-label="${escapeText(entry.label)}"><path${dash} d="${path(points) ?? ''}"/>${end}${rings.join('')}</g>`;
  });
  const xMarks = x.ticks(xTicks).filter((tick) => Number.isInteger(tick) && tick <= epochs);
  const body = [
    ...marks.map((mark, i) => {
      const text = `<text class="nd-tick nd-end" x="${coordinate(left - 6)}" y="${coordinate(y(mark) + 0.35 * FONT)}">${labels[i]}</text>`;
      return level('nd-grid', mark) + text;
    }),
    ...(reference === undefined ? [] : [level('nd-reference', reference)]),
    ...xMarks.map(
      (mark) => `<text class="nd-tick" x="${coordinate(x(mark))}" y="${height - 6}">${mark}</text>`,
    ),
    ...bands,
    `<line class="nd-cross" y1="${TOP}" y2="${height - BOTTOM}"/>`,
    `<g class="nd-lines">${drawn.join('')}</g>`,
  ].join('\n');
  return { body, left, right };
}

/** A chart as an SVG element for the page, which holds the styles. */
export function chartSvg(chart: Chart): string {
  const { id, title, width, height, epochs } = chart;
  const { body, left, right } = chartBody(chart);
  return `<svg class="nd-auto nd-chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}" data-chart="${escapeText(id)}" data-left="${coordinate(left)}" data-right="${coordinate(right)}" data-epochs="${Math.max(2, epochs)}">
${body}
</svg>`;
}
