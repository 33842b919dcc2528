import type { DetectorRecord } from '../../detection';
import { themeStyle } from '../../genotype/drawing/theme';
import { formatLoss, formatSeconds } from '../format';
import { type ChartLine, chartStyle, chartSvg } from './chart';
import { htmlPage } from './html-page';
import { chartKeys, tile } from './parts';
import { pageStyle } from './style';
import { settingsTables } from './tables';
import { coordinate, escapeText } from './text';

/** A box in a picture as the report draws it, in pixels. */
export interface ShownBox {
  readonly bbox: readonly [x: number, y: number, width: number, height: number];
  readonly label: string;
  /** Of a found one. */
  readonly score?: number;
}

/** A picture with its boxes. */
export interface ShownPicture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Address of the picture, best its data. */
  readonly href: string;
  readonly real: readonly ShownBox[];
  readonly found: readonly ShownBox[];
}

/** What the report of a detector's training shows. */
export interface DetectorReport {
  readonly name: string;
  readonly history: readonly DetectorRecord[];
  /** Epochs of the whole run. */
  readonly epochs: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly cost: { readonly parameters: number; readonly multiplyAdds: number };
  /** Missing while the training goes on. */
  readonly pictures?: readonly ShownPicture[] | undefined;
}

const SIZE = { width: 380, height: 220 };

const style = `.seen svg{display:block;width:100%;height:auto}
.seen rect{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
.seen .real rect{stroke:var(--train)}
.seen .found rect{stroke:var(--valid)}
.seen text{font:600 9px ui-sans-serif,system-ui,sans-serif;fill:#fff;paint-order:stroke;stroke:#000;stroke-width:2.5px}
.seen figcaption{padding:6px 10px;font-size:12.5px;overflow-wrap:anywhere}`;

function boxSvg({ bbox: [x, y, width, height], label, score }: ShownBox): string {
  const at = (value: number) => coordinate(value);
  const told =
    score === undefined
      ? ''
      : `<text x="${at(x + 2)}" y="${at(y + 10)}">${escapeText(label)} ${score.toFixed(2)}</text>`;
  return `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"><title>${escapeText(label)}</title></rect>${told}`;
}

function pictureFigure({ name, width, height, href, real, found }: ShownPicture): string {
  const told = `${name}: ${real.length} objects, ${found.length} found`;
  return `<figure class="seen card"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(told)}"><image href="${escapeText(href)}" width="${width}" height="${height}"/><g class="real">${real.map(boxSvg).join('')}</g><g class="found">${found.map(boxSvg).join('')}</g></svg><figcaption>${escapeText(told)}</figcaption></figure>`;
}

const PARTS: readonly Pick<ChartLine, 'label' | 'className'>[] = [
  { label: 'true', className: 'series-train' },
  { label: 'found', className: 'series-valid' },
];

function picturesSection(pictures: readonly ShownPicture[]): string {
  return `<section aria-labelledby="pictures">
<h2 id="pictures">Pictures</h2>
<p>Boxes of the annotations and those that the detector is surest of. ${chartKeys(PARTS)}</p>
<div class="grid">
${pictures.map(pictureFigure).join('\n')}
</div>
</section>`;
}

const share = (figure: number | undefined) =>
  figure === undefined || figure < 0 ? '–' : (100 * figure).toFixed(1);

/**
 * A detector's training as one HTML page that needs neither a server nor a network: curves of the loss and of average
 * precision, pictures with their boxes, all settings.
 */
export function renderDetectorReport(report: DetectorReport): string {
  const { name, history, epochs, settings, cost, pictures } = report;
  const line = (
    label: string,
    className: string,
    value: (record: DetectorRecord) => number | null,
  ): ChartLine => ({ label, className, values: history.map(value) });
  const figure = (read: 'AP' | 'AP50') => (record: DetectorRecord) =>
    record.figures === null || record.figures[read] < 0 ? null : 100 * record.figures[read];
  const charts = [
    {
      id: 'loss',
      heading: 'Loss',
      lines: [
        line('classes', 'series-train', ({ classLoss }) => classLoss),
        line('boxes', 'series-valid', ({ boxLoss }) => boxLoss),
      ],
    },
    {
      id: 'precision',
      heading: 'Average precision, %',
      lines: [line('AP50', 'series-train', figure('AP50')), line('AP', 'series-valid', figure('AP'))],
    },
    {
      id: 'learning-rate',
      heading: 'Learning rate',
      lines: [line('rate', 'series-train', ({ learningRate }) => learningRate)],
    },
  ].map(
    (chart) =>
      `<figure class="chart card"><figcaption>${chart.heading}${chartKeys(chart.lines)}</figcaption>${chartSvg({ ...chart, title: `${chart.heading} over epochs`, epochs, ...SIZE })}</figure>`,
  );
  const last = history.at(-1);
  const evaluated = history.filter(({ figures }) => figures !== null).at(-1)?.figures;
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const tiles = [
    tile('AP', `${share(evaluated?.AP)} %`, `AP50 ${share(evaluated?.AP50)} %`),
    tile('Loss', formatLoss(last?.trainLoss ?? null), 'training, last epoch'),
    tile('Epochs', `${history.length} / ${epochs}`, formatSeconds(seconds)),
    tile(
      'Parameters',
      cost.parameters.toLocaleString('en'),
      `${cost.multiplyAdds.toLocaleString('en')} multiply-adds`,
    ),
  ];
  return htmlPage(
    `${name} · NoisyDARTS detector`,
    [pageStyle, themeStyle('auto'), chartStyle, style],
    `<main>
<header>
<h1>${escapeText(name)}</h1>
<p>A detector's training: ${history.length} of ${epochs} epochs done.</p>
<dl class="tiles">
${tiles.join('\n')}
</dl>
</header>
<section aria-labelledby="training">
<h2 id="training">Training</h2>
<div class="grid">
${charts.join('\n')}
</div>
</section>
${pictures ? picturesSection(pictures) : ''}
<section aria-labelledby="settings">
<h2 id="settings">Settings</h2>
<div class="tables">
${settingsTables({ settings })}
</div>
</section>
</main>`,
  );
}
