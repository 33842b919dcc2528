import { rangeError, requireList } from '../../errors';
import { themeStyle } from '../../genotype/drawing/theme';
import type { RunSettings } from '../run-settings';
import { type Chart, type ChartLine, chartBody, chartStyle, chartSvg } from './chart';
import { htmlPage } from './html-page';
import { pageStyle } from './style';
import { settingsTables } from './tables';
import { escapeText } from './text';

/** Something measured after every epoch of every run. */
export interface ExperimentMeasure {
  /** Heading of its chart. */
  readonly heading: string;
  /** [method][run][epoch]; null where there is none. A run under way may be shorter than the others. */
  readonly curves: readonly (readonly (readonly (number | null)[])[])[];
  /** A value to mark by a level line. */
  readonly reference?: number;
}

/** Something known of every run once it has ended, or of its last epoch so far. */
export interface ExperimentColumn {
  readonly heading: string;
  /** [method][run]; null where there is none. */
  readonly values: readonly (readonly (number | null)[])[];
  /** Decimals to show. Default 2. */
  readonly decimals?: number;
}

/** Runs of several methods with several seeds, to compare. */
export interface ExperimentReport {
  readonly name: string;
  /** One sentence on what was compared, and how far it is. */
  readonly summary: string;
  readonly methods: readonly string[];
  /** Names of the runs, [method][run]. */
  readonly runs: readonly (readonly string[])[];
  /** Epochs of every run. */
  readonly epochs: number;
  readonly measures: readonly ExperimentMeasure[];
  readonly columns: readonly ExperimentColumn[];
  /** Rows of known numbers to stand below the table, one number a column. */
  readonly references?: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  readonly settings: RunSettings;
}

/** Mean and standard deviation of a sample (n - 1 in the denominator); the deviation of one number is null. */
export interface SampleSummary {
  readonly count: number;
  readonly mean: number | null;
  readonly std: number | null;
}

/** Mean and sample standard deviation of the numbers that there are. */
export function sampleSummary(values: readonly (number | null | undefined)[]): SampleSummary {
  requireList('sampleSummary', 'the sample', values, 'pass numbers');
  const known = values.filter((value) => value !== null && value !== undefined);
  const count = known.length;
  if (count === 0) return { count, mean: null, std: null };
  const mean = known.reduce((sum, value) => sum + value, 0) / count;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, std: count > 1 ? Math.sqrt(squares / (count - 1)) : null };
}

const SIZE = { width: 460, height: 260 };

/** Colours that also differ in lightness, first for light pages, then for dark ones. */
const COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#c2410c', '#fb923c'],
  ['#1d4ed8', '#7ab0ff'],
  ['#15803d', '#4ade80'],
  ['#7e22ce', '#d8b4fe'],
];
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];

function experimentStyle(methods: readonly string[]): string {
  const rules = (side: 0 | 1) =>
    methods.map((_, i) => `--method-${i}:${COLOURS[i % COLOURS.length]![side]}`).join(';');
  const lines = methods.map((_, i) => `.nd-chart .method-${i} path{stroke:var(--method-${i})}`);
  const bands = methods.map(
    (_, i) => `.nd-chart .nd-band.method-${i} path{fill:var(--method-${i});stroke:none}`,
  );
  return `:root{${rules(0)}}
@media (prefers-color-scheme:dark){:root{${rules(1)}}}
${[...lines, ...bands].join('\n')}`;
}

function charts({ methods, measures, epochs }: ExperimentReport): (Chart & { readonly heading: string })[] {
  return measures.map(({ heading, curves, reference }, index) => {
    const lines = methods.map((label, i): ChartLine => {
      const perEpoch = Array.from({ length: epochs }, (_, epoch) =>
        (curves[i] ?? []).map((run) => run[epoch] ?? null).filter((value) => value !== null),
      );
      return {
        label,
        className: `method-${i}`,
        dash: DASHES[i % DASHES.length]!,
        values: perEpoch.map((values) => sampleSummary(values).mean),
        band: perEpoch.map((values) =>
          values.length > 1 ? ([Math.min(...values), Math.max(...values)] as const) : null,
        ),
      };
    });
    const last = lines.map(({ label, values }) => {
      const value = values.filter((known) => known !== null).at(-1);
      return `${label} ${value === undefined ? 'unknown' : value.toPrecision(4)}`;
    });
    return {
      id: `measure-${index}`,
      heading,
      title: `${heading}, mean over the seeds with the band from the least to the greatest; last: ${last.join(', ')}`,
      lines,
      epochs,
      ...SIZE,
      ...(reference === undefined ? {} : { reference }),
    };
  });
}

function legend(methods: readonly string[]): string {
  return methods
    .map(
      (name, i) =>
        `<span><svg class="nd-auto nd-chart" width="28" height="10" aria-hidden="true"><g class="method-${i}"><path stroke-width="2.5" stroke-dasharray="${DASHES[i % DASHES.length]}" d="M2 5h24"/></g></svg> ${escapeText(name)}</span>`,
    )
    .join(' ');
}

const show = (value: number | null | undefined, decimals: number) =>
  value === null || value === undefined ? '–' : value.toFixed(decimals);

function table({ methods, runs, columns, references = [] }: ExperimentReport): string {
  const row = (label: string, cells: readonly string[], className = '') =>
    `<tr${className && ` class="${className}"`}><th scope="row">${escapeText(label)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  const bodies = methods.map((method, i) => {
    const each = (runs[i] ?? []).map((run, j) =>
      row(
        run,
        columns.map(({ values, decimals = 2 }) => show(values[i]?.[j], decimals)),
      ),
    );
    const together = row(
      `${method}, mean ± std`,
      columns.map(({ values, decimals = 2 }) => {
        const { mean, std } = sampleSummary(values[i] ?? []);
        return `${show(mean, decimals)}${std === null ? '' : ` ± ${show(std, decimals)}`}`;
      }),
      'mean',
    );
    return `<tbody>${each.join('')}${together}</tbody>`;
  });
  const known = references.map(({ label, values }) =>
    row(
      label,
      columns.map(({ decimals = 2 }, c) => show(values[c], decimals)),
    ),
  );
  const head = columns.map(({ heading }) => `<th scope="col">${escapeText(heading)}</th>`).join('');
  return `<table><thead><tr><th scope="col">Run</th>${head}</tr></thead>${bodies.join('')}${known.length > 0 ? `<tbody>${known.join('')}</tbody>` : ''}</table>`;
}

function check(report: ExperimentReport): void {
  for (const part of ['methods', 'runs', 'columns'] as const)
    requireList('renderExperiment', part, report?.[part], 'pass { methods, runs, columns, ... }');
  if (report.methods.length === 0 || report.runs.length !== report.methods.length) {
    throw rangeError(
      'renderExperiment',
      'there must be a list of runs for each method, and a method',
      { methods: report.methods.length, runs: report.runs.length },
      'name every method and its runs',
    );
  }
}

/**
 * An experiment as one HTML page that needs neither a server nor a network: every measure over epochs, as the mean over the
 * seeds of each method with the band from the least to the greatest, and a table of all runs with means and sample
 * standard deviations.
 *
 * @throws RangeError if methods and runs disagree.
 */
export function renderExperiment(report: ExperimentReport): string {
  check(report);
  const { name, summary, methods, settings } = report;
  const figures = charts(report).map(
    (chart) =>
      `<figure class="chart card"><figcaption>${escapeText(chart.heading)}</figcaption>${chartSvg(chart)}</figure>`,
  );
  return htmlPage(
    `${name} · NoisyDARTS experiment`,
    [
      pageStyle,
      themeStyle('auto'),
      chartStyle,
      experimentStyle(methods),
      `.key{display:flex;gap:18px;flex-wrap:wrap;margin:8px 0 12px}
.table{overflow-x:auto;padding:8px 14px}
.table table{border-collapse:collapse;font-variant-numeric:tabular-nums}
.table td,.table th{padding:4px 12px;text-align:right;white-space:nowrap}
.table th[scope=row]{text-align:left;font-weight:400}
.table thead th,.table .mean{border-bottom:1px solid var(--line);font-weight:600}
.table .mean th{font-weight:600}`,
    ],
    `<main>
<header>
<h1>${escapeText(name)}</h1>
<p>${escapeText(summary)}</p>
</header>
<section aria-labelledby="curves">
<h2 id="curves">Over the epochs</h2>
<p>Lines are means over the seeds; bands go from the least to the greatest of them.</p>
<div class="key">${legend(methods)}</div>
<div class="grid">
${figures.join('\n')}
</div>
</section>
<section aria-labelledby="runs">
<h2 id="runs">Runs</h2>
<div class="table card" tabindex="0" role="group" aria-label="All runs as numbers">${table(report)}</div>
</section>
<section aria-labelledby="settings">
<h2 id="settings">Settings</h2>
<div class="tables">
${settingsTables(settings)}
</div>
</section>
</main>`,
  );
}

/**
 * The charts of an experiment as one SVG picture, two in a row, light or dark as the reader prefers.
 *
 * @throws RangeError if methods and runs disagree.
 */
export function drawExperiment(report: ExperimentReport): string {
  check(report);
  const { methods } = report;
  const [columns, gap, head] = [2, 20, 26];
  const all = charts(report);
  const rows = Math.ceil(all.length / columns);
  const top = 30;
  const width = columns * SIZE.width + gap;
  const height = top + rows * (SIZE.height + head);
  const keys = methods.map(
    (method, i) =>
      `<g transform="translate(${12 + 190 * i} 0)"><g class="method-${i}"><path stroke-width="2.5" stroke-dasharray="${DASHES[i % DASHES.length]}" d="M0 15h28"/></g><text class="nd-key" x="36" y="19">${escapeText(method)}</text></g>`,
  );
  const placed = all.map((chart, i) => {
    const x = (i % columns) * (SIZE.width + gap);
    const y = top + Math.floor(i / columns) * (SIZE.height + head);
    return `<g transform="translate(${x} ${y})"><text class="nd-heading" x="8" y="16">${escapeText(chart.heading)}</text><g transform="translate(0 ${head})">${chartBody(chart).body}</g></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="nd-auto nd-chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeText(all.map(({ title }) => title).join('; '))}">
<style>
${themeStyle('auto')}
${chartStyle}
${experimentStyle(methods)}
.nd-chart .nd-heading{font-size:14px;font-weight:600;text-anchor:start}
.nd-chart .nd-key{text-anchor:start}
.nd-chart{color:#1f2937}
@media (prefers-color-scheme:dark){.nd-chart{color:#e6eaf0}}
.nd-chart .nd-cross{display:none}
</style>
<rect class="nd-paper" width="${width}" height="${height}"/>
${keys.join('')}
${placed.join('\n')}
</svg>
`;
}
