import { requireObject } from '../../errors';
import { keptOperations } from '../../genotype';
import { operationLabel } from '../../genotype/drawing/operations';
import { themeStyle } from '../../genotype/drawing/theme';
import type { BudgetVerdict } from '../../search';
import { formatLoss, formatSeconds } from '../format';
import { formatMetric, isBetterMetric, metricLabel, trainMetrics, validMetrics } from '../metrics';
import { countSkips } from '../skips';
import { type EdgeChart, edgeCharts, primitiveStyles } from './alpha-charts';
import { type Chart, chartStyle, chartSvg } from './chart';
import { foundSection } from './found-section';
import { frozenTable } from './frozen';
import { genotypeViews } from './genotype-views';
import { htmlPage } from './html-page';
import { budgetNames, paretoSvg } from './pareto';
import { chartKeys, tile } from './parts';
import { foundEpoch, type RunReport } from './run';
import { pageScript } from './script';
import { cellViews } from './space-view';
import { pageStyle } from './style';
import { epochTable, settingsTables } from './tables';
import { escapeText, scriptJson, stateHtml } from './text';
import { type TitledChart, trainingCharts } from './training-charts';

/**
 * A run as one HTML page that needs neither a server nor a network: the cells found, curves, both alphas over epochs edge
 * by edge, the genotype to copy, all settings. Light or dark as the reader prefers.
 *
 * @throws RangeError for a history without an epoch, or settings that are within themselves.
 */
export function renderReport(run: RunReport): string {
  requireObject(
    'renderReport',
    'the run',
    run,
    'pass { name, space, history, epochs, ... }',
    'space',
    'history',
    'settings',
  );
  const { name, space, history, epochs } = run;
  const { genotype } = foundEpoch('renderReport', run);
  const training = trainingCharts(space, history, epochs);
  const edges = edgeCharts(space, history, epochs, genotype);
  const values = (chart: Chart) => chart.lines.map((line) => line.values.map(shorten));
  const data = {
    name,
    epochs,
    done: history.length,
    genotype,
    charts: Object.fromEntries([...training, ...edges].map((chart) => [chart.id, values(chart)])),
  };
  return htmlPage(
    `${name} · NoisyDARTS search`,
    [pageStyle, themeStyle('auto'), chartStyle],
    `<main>
<header>
<h1>${escapeText(name)}</h1>
<p>${escapeText(summary(run))}</p>
${tiles(run)}
</header>
${cellsSection(run)}
${trainingSection(run, training)}
${costSection(run)}
${alphaSection(run, edges)}
${genotypeSection(run)}
${foundSection(run.found)}
<section aria-labelledby="settings">
<h2 id="settings">Settings</h2>
<div class="tables">
${settingsTables(run.settings)}
</div>
</section>
<footer>Written by noisydarts on ${formatDate(run.date ?? new Date())}.</footer>
</main>
<div id="tip" hidden></div>
<script type="application/json" id="run">${scriptJson(data)}</script>
<script type="module">
${pageScript}</script>`,
  );
}

/** Six digits: more than any chart shows. */
function shorten(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(6));
}

function formatDate(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function summary({ space, history, epochs, decision }: RunReport): string {
  const done = history.length;
  const state = done < epochs ? `${done} of ${epochs} epochs done` : `all ${epochs} epochs done`;
  const stop = decision ? ` Stopped by its policy: ${decision.stop}.` : '';
  return `Architecture search in the space ${space.name}: ${state}.${stop}`;
}

function tiles(run: RunReport): string {
  const { history, epochs, space } = run;
  const last = history.at(-1)!;
  const { genotype } = foundEpoch('renderReport', run);
  const evaluated = history.filter(({ validLoss }) => validLoss !== null);
  const latest = evaluated.at(-1);
  const [metric] = Object.keys(trainMetrics(last));
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const cells = cellViews(space).map(({ label }) => label);
  const kept = Object.values(keptOperations(genotype)).map(({ length }) => length);
  return `<dl class="tiles">
${metric === undefined ? '' : metricTile(metric, evaluated)}
${tile('Valid loss', formatLoss(latest?.validLoss ?? null), `train ${formatLoss(last.trainLoss)}`)}
${tile('Epochs', `${history.length} / ${epochs}`, `${formatSeconds(seconds / history.length)} each`)}
${tile('Time', formatSeconds(seconds), 'evaluation included')}
${space.primitives.includes('skip_connect') ? tile('Skip connections', countSkips(genotype).join(' + '), `${cells.join(' + ')}, of ${kept[0]} edges${kept.length > 1 ? ' each' : ''}`) : ''}
${budgetTiles(run)}
</dl>`;
}

/** What the genotype costs, of its limits. */
function budgetTiles({ history, budget = history.at(-1)!.budget ?? [] }: RunReport): string {
  return budget
    .map((each) => {
      const { name, unit, limit, predicted } = each;
      const amount = (value: number) => `${formatCost(value)} ${unit}`;
      const of = limit === null ? 'no limit' : `limit ${amount(limit)}`;
      const { decoded, measured, error } = each as BudgetVerdict;
      const instead = decoded === undefined ? '' : `, in place of ${amount(decoded)}`;
      const taken =
        measured === undefined ? '' : `; measured ${amount(measured)} ± ${formatCost(error ?? 0)}`;
      const label = measured === undefined ? name : `${name}, predicted`;
      return tile(escapeText(label), escapeText(amount(predicted)), escapeText(of + instead + taken));
    })
    .join('\n');
}

/** Three digits of what is small, all of what is counted. */
const formatCost = (value: number) =>
  value < 1000 ? String(Number(value.toPrecision(3))) : Math.round(value).toLocaleString('en-US');

/** The first of a task's metrics: its last value and its best. */
function metricTile(metric: string, evaluated: RunReport['history']): string {
  const measured = (record: RunReport['history'][number]) => validMetrics(record)[metric] ?? Number.NaN;
  const known = evaluated.filter((record) => Number.isFinite(measured(record)));
  const best = known.reduce<(typeof known)[number] | undefined>(
    (a, b) => (a && !isBetterMetric(metric, measured(b), measured(a)) ? a : b),
    undefined,
  );
  const latest = known.at(-1);
  const label = escapeText(`Valid ${metricLabel(metric)}`);
  const format = (record: typeof best) =>
    escapeText(formatMetric(metric, record ? measured(record) : undefined));
  return tile(
    label,
    format(latest),
    best ? `best ${format(best)}, epoch ${best.epoch + 1}` : 'not evaluated',
  );
}

function cellsSection(run: RunReport): string {
  const found = foundEpoch('renderReport', run);
  return `<section aria-labelledby="cells">
<h2 id="cells">Cells</h2>
<p>${origin(run, found.epoch)} Broader lines have larger weights, which stand beside the operations.</p>
<div class="cells card" tabindex="0" role="group" aria-label="Drawing of what was found">${genotypeViews(run.space, found).picture}</div>
</section>`;
}

/** What has decided on the genotype; of a selection also what alpha would have said. */
function origin({ space, history, selection }: RunReport, epoch: number): string {
  const after = `after epoch ${epoch + 1}`;
  if (!selection) return `What the edge weights stand for ${after}.`;
  const { alphas } = history[epoch]!;
  const [alpha] = genotypeViews(space, { genotype: selection.decoded, alphas }).texts;
  const text = alpha!.text.replace(/\s+/g, ' ').trim();
  return `Selected by ${escapeText(selection.by)} from the supernet ${after}; the edge weights stood for <code>${escapeText(text)}</code>.`;
}

function trainingSection({ history }: RunReport, charts: readonly TitledChart[]): string {
  const figures = charts.map(
    (chart) =>
      `<figure class="chart card"><figcaption>${escapeText(chart.heading)}${chartKeys(chart.lines)}</figcaption>${chartSvg(chart)}</figure>`,
  );
  return `<section aria-labelledby="training">
<h2 id="training">Training</h2>
<p>Training values are means over an epoch’s batches with noise; validation is the supernet without noise.</p>
<div class="grid">
${figures.join('\n')}
</div>
<details><summary>The same as numbers</summary><div class="card wide" tabindex="0" role="group" aria-label="Epochs as numbers">${epochTable(history)}</div></details>
</section>`;
}

/** Accuracy against cost, of a search under budgets. */
function costSection({ name, history }: RunReport): string {
  const figures = budgetNames(history).flatMap((budget) => {
    const svg = paretoSvg([{ name, history }], budget);
    return svg
      ? [`<figure class="chart card"><figcaption>${escapeText(budget)}</figcaption>${svg}</figure>`]
      : [];
  });
  if (figures.length === 0) return '';
  return `<section aria-labelledby="costs">
<h2 id="costs">Accuracy against cost</h2>
<p>A dot an epoch, later ones darker: the supernet on the validation set over what the network of the epoch’s genotype costs by the table. The line joins the epochs that none beats in both; dotted, the limit.</p>
<div class="grid">
${figures.join('\n')}
</div>
</section>`;
}

function alphaSection({ space, history }: RunReport, charts: readonly EdgeChart[]): string {
  const styles = primitiveStyles(space.primitives);
  const legend = [...styles].map(([primitive, { className, dash }]) => {
    const label = escapeText(operationLabel(primitive));
    return `<button type="button" aria-pressed="false" data-pick="${label}"><svg class="nd-auto" width="26" height="8" aria-hidden="true"><g class="${className}"><path stroke-width="2.5" stroke-dasharray="${dash}" d="M2 4h22"/></g></svg>${label}</button>`;
  });
  const figures = (cell: string) =>
    charts
      .filter((chart) => chart.cell === cell)
      .map((chart) => {
        const { edge, kept } = chart;
        const keeps =
          kept === undefined ? '' : `<span class="keeps">${escapeText(operationLabel(kept))}</span>`;
        return `<figure class="edge card${kept === undefined ? '' : ' kept'}" style="--column:${edge.column + 1};--row:${edge.row + 1}"><figcaption><span>${stateHtml(edge.caption)}</span>${keeps}</figcaption>${chartSvg(chart)}</figure>`;
      });
  const cells = cellViews(space).map(
    ({ name, title, columns }) => `<h3>${title}</h3>
<div class="edges" style="--columns:${columns}">
${figures(name).join('\n')}
</div>`,
  );
  return `<section id="alphas" aria-labelledby="edge-weights">
<h2 id="edge-weights">Edge weights</h2>
<p>What the search thinks of every candidate over epochs (the softmax of alpha, or what its strategy puts in its place), edge by edge, on one scale; the dotted level is that of equal weights. A row is a node, a column the state that its edges start from. The edges that survive name their operation.</p>
${frozenTable(space, history)}
<div class="legend" role="group" aria-label="Highlight a primitive">${legend.join('')}</div>
${cells.join('\n')}
</section>`;
}

function genotypeSection(run: RunReport): string {
  const code = (id: string, title: string, text: string, wrap: string) =>
    `<div class="code card"><h3>${title}</h3><button type="button" data-copy="${id}" aria-label="Copy ${title}" hidden>Copy</button><pre id="${id}" class="${wrap}" tabindex="0">${escapeText(text)}</pre></div>`;
  const { texts } = genotypeViews(run.space, foundEpoch('renderReport', run));
  const blocks = texts.map(({ title, text, wrap }) =>
    code(`genotype-${title.toLowerCase()}`, title, text.trimEnd(), wrap ? 'wrap' : ''),
  );
  return `<section aria-labelledby="genotype">
<h2 id="genotype">Genotype</h2>
<div class="columns">
${blocks.join('\n')}
</div>
</section>`;
}
