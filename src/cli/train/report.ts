import type { NetworkEvaluation, TrainingRecord } from 'noisydarts/network';
import { htmlPage } from '../../node/report/html-page';
import { escapeText } from '../../node/report/text';

/** What the report of a training shows. */
export interface TrainingReport {
  readonly name: string;
  readonly history: readonly TrainingRecord[];
  /** Epochs of the whole run. */
  readonly epochs: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Drawing of the cells, SVG; missing for a network without cells. */
  readonly drawing?: string;
  /** Parameters and multiply-adds. */
  readonly cost: { readonly parameters: number; readonly multiplyAdds: number };
  /** Evaluation of the best weights on the test images; missing while the training goes on. */
  readonly test?: NetworkEvaluation;
}

type Line = { readonly label: string; readonly colour: string; readonly values: readonly (number | null)[] };

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [420, 220, 52, 24, 10];

/** One chart of lines over epochs. */
function chart(title: string, lines: readonly Line[], epochs: number): string {
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  if (known.length === 0) return '';
  const low = Math.min(...known);
  const high = Math.max(...known, low + 1e-9);
  const x = (i: number) => LEFT + ((WIDTH - LEFT - 10) * i) / Math.max(1, epochs - 1);
  const y = (value: number) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * (value - low)) / (high - low);
  const ticks = [low, (low + high) / 2, high].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - 10}" y1="${y(value)}" y2="${y(value)}" class="grid"/><text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${Number(value.toPrecision(3))}</text>`,
  );
  const paths = lines.map(({ colour, values }) => {
    const points = values.flatMap((value, i) =>
      value === null ? [] : [`${x(i).toFixed(1)},${y(value).toFixed(1)}`],
    );
    return `<polyline points="${points.join(' ')}" stroke="var(${colour})"/>`;
  });
  const keys = lines.map(({ label, colour }) => `<b style="color:var(${colour})">${label}</b>`).join(' ');
  return `<figure><figcaption>${title} ${keys}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title} over epochs">${ticks.join('')}${paths.join('')}<text x="${LEFT}" y="${HEIGHT - 6}">1</text><text x="${WIDTH - 10}" y="${HEIGHT - 6}" text-anchor="end">${epochs}</text></svg></figure>`;
}

function confusionTable({ confusion }: NetworkEvaluation): string {
  const head = confusion.map((_, taken) => `<th scope="col">${taken}</th>`).join('');
  const rows = confusion.map((row, label) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, taken) => {
      const shade = all === 0 ? 0 : Math.round((100 * count) / all);
      const colour = taken === label ? '--right' : '--wrong';
      return `<td style="background:color-mix(in srgb, var(${colour}) ${shade}%, transparent)">${count}</td>`;
    });
    return `<tr><th scope="row">${label}</th>${cells.join('')}</tr>`;
  });
  return `<table><caption>Rows: class of the image; columns: class it was taken for</caption><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const percent = (value: number | null | undefined) => (value == null ? '–' : `${value.toFixed(2)} %`);

/** A training as one HTML page that needs neither a server nor a network. */
export function renderTrainingReport(report: TrainingReport): string {
  const { name, history, epochs, settings, drawing, cost, test } = report;
  const line = (label: string, colour: string, value: (record: TrainingRecord) => number | null): Line => ({
    label,
    colour,
    values: history.map(value),
  });
  const charts = [
    chart(
      'Loss',
      [
        line('train', '--train', ({ trainLoss }) => trainLoss),
        line('held out', '--valid', ({ validLoss }) => validLoss),
      ],
      epochs,
    ),
    chart(
      'Accuracy, %',
      [
        line('train', '--train', ({ trainAccuracy }) => trainAccuracy),
        line('held out', '--valid', ({ validAccuracy }) => validAccuracy),
      ],
      epochs,
    ),
    chart('Learning rate', [line('', '--train', ({ learningRate }) => learningRate)], epochs),
    chart('Drop path', [line('', '--train', ({ dropPath }) => dropPath)], epochs),
  ];
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const facts: [string, string][] = [
    ['Test accuracy of the best weights', test ? percent(test.top1) : 'not yet measured'],
    ['Top-5', percent(test?.top5)],
    ['Parameters', cost.parameters.toLocaleString('en')],
    ['Multiply-adds', cost.multiplyAdds.toLocaleString('en')],
    ['Epochs', `${history.length} / ${epochs}`],
    ['Time', `${Math.round(seconds)} s`],
  ];
  const settingRows = Object.entries(settings).map(
    ([key, value]) => `<tr><th scope="row">${escapeText(key)}</th><td>${escapeText(String(value))}</td></tr>`,
  );
  return htmlPage(
    `${name} · NoisyDARTS training`,
    [
      `:root { color-scheme: light dark; --train: #2a78b8; --valid: #d1672a; --right: #3a9a5b; --wrong: #d04a4a }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1rem }
dt { opacity: .7 } dd { margin: 0; font-size: 1.3rem }
.grid-of { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1rem }
figure { margin: 0 } svg { width: 100%; height: auto }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
.grid { stroke: currentColor; opacity: .15 } svg text { font-size: 11px; fill: currentColor }
table { border-collapse: collapse } td, th { padding: .2rem .6rem; text-align: right; font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto }`,
    ],
    `<h1>${escapeText(name)}</h1>
<dl>${facts.map(([key, value]) => `<div><dt>${key}</dt><dd>${value}</dd></div>`).join('')}</dl>
<h2>Curves</h2>
<div class="grid-of">${charts.join('')}</div>
${test ? `<h2>Test images</h2><div class="scroll">${confusionTable(test)}</div>` : ''}
${drawing ? `<h2>Cells</h2>\n<div class="scroll">${drawing}</div>` : ''}
<h2>Settings</h2>
<table>${settingRows.join('')}</table>`,
  );
}
