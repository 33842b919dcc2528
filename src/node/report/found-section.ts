import type { NetworkEvaluation, TrainingRecord } from '../../network';
import { formatLoss, formatSeconds } from '../format';
import { formatMetric, metricHeading, metricLabel, trainMetrics, validMetrics } from '../metrics';
import { type Chart, chartBody } from './chart';
import { chartKeys, tile } from './parts';
import { escapeText } from './text';

/** The training of the network that a search has found. */
export interface FoundReport {
  /** The epochs done so far. */
  readonly history: readonly TrainingRecord[];
  /** Epochs of the whole training. */
  readonly epochs: number;
  /** Evaluation of the best weights on the test examples, once there is one. */
  readonly test?: NetworkEvaluation;
}

type Line = readonly [label: string, className: string, value: (record: TrainingRecord) => number | null];

const SIZE = { width: 380, height: 220 };

function figure({ history, epochs }: FoundReport, heading: string, lines: readonly Line[]): string {
  const chart: Chart = {
    id: '',
    title: `${heading} of the found network over epochs`,
    lines: lines.map(([label, className, value]) => ({ label, className, values: history.map(value) })),
    epochs,
    ...SIZE,
  };
  return `<figure class="chart card"><figcaption>${heading}${chartKeys(chart.lines)}</figcaption><svg class="nd-auto nd-chart" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${escapeText(chart.title)}">${chartBody(chart).body}</svg></figure>`;
}

/** What there is to say about the found network; nothing while the search goes on. */
export function foundSection(found: FoundReport | undefined): string {
  if (!found) return '';
  const { history, epochs, test } = found;
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const last = history.at(-1);
  const metrics = last ? Object.keys(trainMetrics(last)) : [];
  const [first, ...others] = test ? Object.keys(test.metrics) : metrics;
  const told = (name: string) => `${metricLabel(name)} ${formatMetric(name, test?.metrics[name])}`;
  const tiles = [
    ...(first === undefined
      ? []
      : [
          tile(
            `Test ${metricLabel(first)}`,
            formatMetric(first, test?.metrics[first]),
            test ? `of ${test.images} examples` : 'not yet measured',
          ),
        ]),
    tile('Test loss', formatLoss(test?.loss ?? null), test ? others.map(told).join(', ') : '–'),
    tile('Epochs', `${history.length} / ${epochs}`, `${formatSeconds(seconds)} in all`),
  ];
  const charts =
    history.length === 0
      ? []
      : [
          figure(found, 'Loss', [
            ['train', 'series-train', ({ trainLoss }) => trainLoss],
            ['held out', 'series-valid', ({ validLoss }) => validLoss],
          ]),
          ...metrics.map((name) =>
            figure(found, metricHeading(name), [
              ['train', 'series-train', (record) => trainMetrics(record)[name] ?? null],
              ['held out', 'series-valid', (record) => validMetrics(record)[name] ?? null],
            ]),
          ),
        ];
  return `<section aria-labelledby="found">
<h2 id="found">The found network</h2>
<p>Trained from scratch; the weights that did best on held-out examples are tested on examples that nothing has learned from.</p>
<dl class="tiles">
${tiles.join('\n')}
</dl>
<div class="grid">
${charts.join('\n')}
</div>
</section>`;
}
