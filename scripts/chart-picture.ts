/** A chart as a picture of its own for the docs, with its title and what its lines are. */
import { type ChartLine, chartBody, labelStyle, standalone } from '../src/node/report/chart';

const SIZE = { width: 640, height: 320 };
const TOP = 58;

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
  const keys = lines.map(
    ({ label, className }, i) =>
      `<g class="${className}"><path stroke-width="3" d="M${16 + 150 * i} 42h22"/><text class="nd-label" x="${46 + 150 * i}" y="46">${label}${noun}</text></g>`,
  );
  return standalone({
    width: SIZE.width,
    height: TOP + SIZE.height,
    title: about,
    style: labelStyle,
    body: `<text class="nd-title" x="16" y="22">${heading}</text>
${keys.join('\n')}
<g transform="translate(0 ${TOP})">${body}</g>`,
  });
}
