import { scaleLinear } from 'd3-scale';
import { checkOptions, rangeError, requireList, requireText } from '../../errors';
import { themeStyle } from '../../genotype/drawing/theme';
import type { EpochRecord } from '../../search';
import type { AnySpace } from '../../spaces';
import { isBetterMetric, metricHeading, trainMetrics, validMetrics } from '../metrics';
import { chartStyle } from './chart';
import { coordinate, escapeText } from './text';

/** A run in a picture of accuracy against cost. */
export interface ParetoRun {
  /** Its name. */
  readonly name: string;
  /** Its epochs, of a search under a budget. */
  readonly history: readonly EpochRecord<AnySpace>[];
}

/** Options of {@link drawPareto}. */
export interface ParetoOptions {
  /** The budget whose cost is drawn, by its name. Default: the first of the first run. */
  readonly budget?: string;
}

const SIZE = { width: 460, height: 280, left: 46, right: 14, top: 10, bottom: 40 };

/** Of the runs, in their order. */
const COLOURS = ['#2f74e0', '#d07d00', '#0f9d6e', '#9a4fd6', '#d6455a', '#0e94b5'];

interface Dot {
  readonly run: number;
  /** The epoch as a share of its run's. */
  readonly age: number;
  readonly cost: number;
  readonly value: number;
  readonly text: string;
}

/** The dots that no other beats in both, from the cheapest on. */
function front(dots: readonly Dot[], isBetter: (a: number, b: number) => boolean): readonly Dot[] {
  const kept: Dot[] = [];
  const sorted = [...dots].sort(
    (a, b) => a.cost - b.cost || (a.value === b.value ? 0 : isBetter(a.value, b.value) ? -1 : 1),
  );
  for (const dot of sorted) if (kept.length === 0 || isBetter(dot.value, kept.at(-1)!.value)) kept.push(dot);
  return kept;
}

/** The names of the budgets that a history tells the costs of. */
export const budgetNames = (history: readonly EpochRecord<AnySpace>[]): readonly string[] => [
  ...new Set(history.flatMap(({ budget = [] }) => budget.map(({ name }) => name))),
];

/** The picture as an SVG element for a page that holds the styles; undefined if nothing was evaluated. */
export function paretoSvg(runs: readonly ParetoRun[], name: string): string | undefined {
  const records = runs.flatMap(({ history }) => history);
  if (records.length === 0) return undefined;
  const metric = Object.keys(trainMetrics(records[0]!))[0];
  const metricOf = (record: EpochRecord<AnySpace>) =>
    metric === undefined ? record.validLoss : (validMetrics(record)[metric] ?? null);
  const isBetter = (a: number, b: number) => (metric === undefined ? a < b : isBetterMetric(metric, a, b));
  const dots = runs.flatMap(({ name: of, history }, run) =>
    history.flatMap((record): Dot[] => {
      const cost = record.budget?.find((each) => each.name === name);
      const value = metricOf(record);
      if (!cost || value === null) return [];
      const { predicted, unit } = cost;
      const epoch = record.epoch + 1;
      const text = `${of}, epoch ${epoch}: ${predicted.toPrecision(4)} ${unit}, ${value.toPrecision(4)}`;
      return [{ run, age: epoch / history.length, cost: predicted, value, text }];
    }),
  );
  if (dots.length === 0) return undefined;
  const { unit } = records.flatMap(({ budget = [] }) => budget).find((each) => each.name === name)!;
  const limits = [
    ...new Set(
      records.flatMap(({ budget = [] }) =>
        budget.flatMap((each) => (each.name === name && each.limit !== null ? [each.limit] : [])),
      ),
    ),
  ];
  const ends = (values: readonly number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const margin = low < high ? 0.04 * (high - low) : Math.abs(low) / 10 || 1;
    return [low - margin, high + margin] as const;
  };
  const x = scaleLinear(ends([...dots.map(({ cost }) => cost), ...limits]), [
    SIZE.left,
    SIZE.width - SIZE.right,
  ]);
  const y = scaleLinear(ends(dots.map(({ value }) => value)), [SIZE.height - SIZE.bottom, SIZE.top]);
  const [bottom, right] = [SIZE.height - SIZE.bottom, SIZE.width - SIZE.right];
  const format = x.tickFormat(5, '~s');
  const best = front(dots, isBetter);
  const steps = best
    .map(({ cost, value }, i) => {
      const [cx, cy] = [coordinate(x(cost)), coordinate(y(value))];
      return i === 0 ? `M${cx} ${cy}` : `H${cx}V${cy}`;
    })
    .join('');
  const heading = metric === undefined ? 'Loss' : metricHeading(metric);
  const title = `${heading} of the supernet against ${name} of the epoch’s genotype; ${best.length} of ${dots.length} are beaten by none in both`;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="nd-auto nd-chart" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${escapeText(title)}">
${[
  ...y
    .ticks(5)
    .flatMap((tick) => [
      `<line class="nd-grid" x1="${SIZE.left}" x2="${right}" y1="${coordinate(y(tick))}" y2="${coordinate(y(tick))}"/>`,
      `<text class="nd-tick nd-end" x="${SIZE.left - 6}" y="${coordinate(y(tick) + 4)}">${y.tickFormat(5)(tick)}</text>`,
    ]),
  ...x
    .ticks(5)
    .map(
      (tick) =>
        `<text class="nd-tick" x="${coordinate(x(tick))}" y="${bottom + 16}">${escapeText(format(tick))}</text>`,
    ),
  `<text class="nd-tick nd-end" x="${right}" y="${SIZE.height - 6}">${escapeText(`${name}, ${unit}`)}</text>`,
  ...limits.map(
    (limit) =>
      `<line class="nd-reference" x1="${coordinate(x(limit))}" x2="${coordinate(x(limit))}" y1="${SIZE.top}" y2="${bottom}"/>`,
  ),
  `<g class="nd-lines"><path style="stroke:currentColor;stroke-opacity:.45;fill:none" d="${steps}H${right}"/></g>`,
  ...dots.map(
    ({ run, age, cost, value, text }) =>
      `<g class="nd-lines"><path style="stroke:${COLOURS[run % COLOURS.length]};stroke-width:7;stroke-linecap:round;stroke-opacity:${(0.25 + 0.75 * age).toFixed(2)}" d="M${coordinate(x(cost))} ${coordinate(y(value))}h0"><title>${escapeText(text)}</title></path></g>`,
  ),
  ...(runs.length > 1 ? runs : []).map(({ name: of }, run) => {
    const top = SIZE.top + 8 + 15 * run;
    return `<g><path style="stroke:${COLOURS[run % COLOURS.length]};stroke-width:7;stroke-linecap:round" d="M${right - 6} ${top - 4}h0"/><text class="nd-tick nd-end" x="${right - 14}" y="${top}">${escapeText(of)}</text></g>`;
  }),
].join('\n')}
</svg>`;
}

/**
 * Accuracy against cost over the epochs of searches under a budget, as an SVG: a dot an epoch, the supernet's metric on the
 * validation set over what the epoch's genotype costs, later ones darker; limits dotted; a line along the dots that no other
 * beats in both.
 *
 * @throws TypeError or RangeError for what are no runs, or runs that tell no cost of the budget.
 */
export function drawPareto(runs: readonly ParetoRun[], options: ParetoOptions = {}): string {
  const fn = 'drawPareto';
  requireList(fn, 'the runs', runs, "pass [{ name: 'run', history }]");
  for (const run of runs) {
    requireText(fn, 'the name of a run', run?.name, "pass [{ name: 'run', history }]");
    requireList(fn, 'the history of a run', run.history, 'pass that of a search');
  }
  const { budget = budgetNames(runs[0]?.history ?? [])[0] } = checkOptions(fn, options, { budget: 'text' });
  const svg = budget === undefined ? undefined : paretoSvg(runs, budget);
  if (!svg)
    throw rangeError(
      fn,
      'the runs must tell what their epochs cost',
      budget,
      'search with the option budget',
    );
  return svg.replace('>', `><style>${themeStyle('auto')}\n${chartStyle}</style>`);
}
