import { contours } from 'd3-contour';
import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import type { LossLandscape } from '../../analysis';
import { checkOptions, rangeError, requireObject } from '../../errors';
import { standalone } from './chart';
import { coordinate, escapeText } from './text';

/** Options of {@link drawLandscape}. */
export interface DrawLandscapeOptions {
  /** Heading. Default: what moved. */
  readonly title?: string;
  /** How many bands of equal colour. Default 16. */
  readonly levels?: number;
}

const SIDE = 420;
const TOP = 52;
const LEFT = 56;
const BAR = { left: LEFT + SIDE + 26, width: 16 };
const WIDTH = BAR.left + BAR.width + 64;
const HEIGHT = TOP + SIDE + 52;

/** From low loss to high: dark to light, legible without colour vision. */
const COLOURS = ['#1b2a5c', '#25558f', '#2c86a0', '#4fb39a', '#a3d687', '#f6efa6'];

const OVER = {
  both: 'weights and alphas',
  weights: 'weights',
  alpha: 'alphas',
} as const;

/** Bounds of the bands, lowest first. Losses that differ by more than a factor of ten are spread by their logarithm. */
function bandScale(low: number, high: number): ScaleContinuousNumeric<number, number> {
  const wide = low > 0 && high > 10 * low;
  return (wide ? scaleLog() : scaleLinear()).domain([low, high]).range([0, 1]);
}

/**
 * Draws a loss landscape as a self-contained SVG text: filled contours over the plane, the parameters themselves as a
 * cross in the middle, a scale of the colours. Where the loss is not finite it is drawn like the largest.
 *
 * @param landscape - A whole one, as the last event of `lossLandscape` holds it.
 * @throws RangeError for a landscape that lacks points, or that is finite nowhere; and for fewer than two levels.
 */
export function drawLandscape(landscape: LossLandscape, options: DrawLandscapeOptions = {}): string {
  const remedy = 'pass what lossLandscape() ended with';
  requireObject('drawLandscape', 'the landscape', landscape, remedy, 'coordinates', 'loss', 'centre');
  const {
    title = `Loss around the ${OVER[landscape.over]}, filter-normalised random directions`,
    levels = 16,
  } = checkOptions('drawLandscape', options, { title: 'text', levels: true });
  const { coordinates, loss, centre } = landscape;
  const n = coordinates.length;
  if (loss.length !== n * n)
    throw rangeError(
      'drawLandscape',
      `the landscape must have ${n * n} points`,
      loss.length,
      'finish it with resume',
    );
  if (!Number.isInteger(levels) || levels < 2)
    throw rangeError('drawLandscape', 'levels must be a whole number of at least 2', levels, 'use 16');
  const finite = loss.filter((value) => value !== null);
  if (finite.length === 0)
    throw rangeError('drawLandscape', 'the loss must be finite somewhere', null, 'use a smaller radius');
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  // A plane of equal losses still needs a scale.
  const top = high > low ? high : low + (Math.abs(low) || 1);
  const band = bandScale(low, top);
  const colour = scaleLinear<string>()
    .domain(COLOURS.map((_, i) => i / (COLOURS.length - 1)))
    .range(COLOURS);
  const thresholds = Array.from({ length: levels }, (_, i) => (i === 0 ? low : band.invert(i / levels)));
  const radius = coordinates.at(-1)!;
  const x = scaleLinear([-radius, radius], [LEFT, LEFT + SIDE]);
  const y = scaleLinear([-radius, radius], [TOP + SIDE, TOP]);
  // The contours' plane counts points from 0.5; the first and the last lie on the frame.
  const across = (at: number) => coordinate(LEFT + (SIDE * (at - 0.5)) / (n - 1));
  const down = (at: number) => coordinate(TOP + SIDE - (SIDE * (at - 0.5)) / (n - 1));
  const fills = contours()
    .size([n, n])
    .thresholds(thresholds)(loss.map((value) => value ?? top))
    .map(({ coordinates: polygons }, i) => {
      const rings = polygons.flat().map((ring) => {
        const corners = ring.map(([px, py]) => `${across(px!)} ${down(py!)}`);
        return `M${corners.join('L')}Z`;
      });
      return `<path style="fill:${colour((i + 0.5) / levels)}" d="${rings.join('')}"/>`;
    });
  const format = band.tickFormat(6, '~g');
  const ticks = (scale: typeof x) => scale.ticks(5).map((tick) => [tick, scale.tickFormat(5)(tick)] as const);
  const barTop = (share: number) => TOP + SIDE * (1 - share);
  const bar = Array.from(
    { length: levels },
    (_, i) =>
      `<rect style="fill:${colour((i + 0.5) / levels)}" x="${BAR.left}" width="${BAR.width}" y="${coordinate(barTop((i + 1) / levels))}" height="${coordinate(SIDE / levels + 0.5)}"/>`,
  );
  const barTicks = band
    .ticks(6)
    .filter((tick) => format(tick) !== '')
    .map(
      (tick) =>
        `<text class="nd-tick nd-start" x="${BAR.left + BAR.width + 8}" y="${coordinate(barTop(band(tick)) + 4)}">${format(tick)}</text>`,
    );
  return standalone({
    width: WIDTH,
    height: HEIGHT,
    title: `${escapeText(title)}; at the centre ${centre.toPrecision(4)}, least ${low.toPrecision(4)}, greatest ${high.toPrecision(4)}`,
    style: `.nd-alone .nd-start{text-anchor:start}
.nd-alone .nd-land path{stroke:#0b1020;stroke-opacity:.35;stroke-width:.6}
.nd-alone .nd-here{stroke:#fff;stroke-width:2;fill:none}
.nd-alone .nd-frame{stroke:currentColor;stroke-opacity:.4;fill:none}`,
    body: `<defs><clipPath id="nd-plane"><rect x="${LEFT}" y="${TOP}" width="${SIDE}" height="${SIDE}"/></clipPath></defs>
<text class="nd-title" x="20" y="30">${escapeText(title)}</text>
<g class="nd-land" clip-path="url(#nd-plane)">
${fills.join('\n')}
</g>
<path class="nd-here" d="M${x(0) - 6} ${y(0)}h12M${x(0)} ${y(0) - 6}v12"/>
<rect class="nd-frame" x="${LEFT}" y="${TOP}" width="${SIDE}" height="${SIDE}"/>
${ticks(x)
  .map(([at, text]) => `<text class="nd-tick" x="${coordinate(x(at))}" y="${TOP + SIDE + 18}">${text}</text>`)
  .join('')}
${ticks(y)
  .map(
    ([at, text]) =>
      `<text class="nd-tick nd-end" x="${LEFT - 8}" y="${coordinate(y(at) + 4)}">${text}</text>`,
  )
  .join('')}
<text class="nd-tick" x="${LEFT + SIDE / 2}" y="${TOP + SIDE + 38}">first direction</text>
<text class="nd-tick" transform="translate(16 ${TOP + SIDE / 2}) rotate(-90)">second direction</text>
${bar.join('')}
${barTicks.join('')}`,
  });
}
