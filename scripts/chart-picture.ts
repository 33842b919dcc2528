/** A chart as a picture of its own for the docs, with its title and what its lines are. */
import { type ChartLine, chartBody, labelStyle, standalone } from '../src/node/report/chart';

const SIZE = { width: 640, height: 320 };
const TOP = 58;
/** Lines that the key names in a row. */
const PER_ROW = 4;

/** What {@link chartPicture} draws. */
interface ChartPicture {
  readonly id: string;
  /** Of the chart, for who cannot see it. */
  readonly title: string;
  /** Above the chart. */
  readonly heading: string;
  /** Of the whole picture, for who cannot see it. */
  readonly about: string;
  readonly lines: readonly ChartLine[];
  readonly epochs: number;
  /** Behind each line's label in the key. Default nothing. */
  readonly noun?: string;
}

/** An SVG, light or dark as the reader prefers. */
export function chartPicture({ id, title, heading, about, lines, epochs, noun = '' }: ChartPicture): string {
  const { body } = chartBody({ id, title, lines, epochs, ...SIZE });
  const keys = lines.map(({ label, className, dash = '' }, i) => {
    const [x, y] = [16 + 150 * (i % PER_ROW), 42 + 18 * Math.floor(i / PER_ROW)];
    const pattern = dash && ` stroke-dasharray="${dash}"`;
    return `<g class="${className}"><path stroke-width="3"${pattern} d="M${x} ${y}h22"/><text class="nd-label" x="${x + 30}" y="${y + 4}">${label}${noun}</text></g>`;
  });
  const top = TOP + 18 * Math.floor(Math.max(0, lines.length - 1) / PER_ROW);
  return standalone({
    width: SIZE.width,
    height: top + SIZE.height,
    title: about,
    style: labelStyle,
    body: `<text class="nd-title" x="16" y="22">${heading}</text>
${keys.join('\n')}
<g transform="translate(0 ${top})">${body}</g>`,
  });
}
