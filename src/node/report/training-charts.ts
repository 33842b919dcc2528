import { keptOperations } from '../../genotype';
import type { DiscretisationGap, EpochRecord } from '../../search';
import type { AnySpace } from '../../spaces';
import { gapMetrics, metricHeading, trainMetrics, validMetrics } from '../metrics';
import { countSkips } from '../skips';
import { edgeWeights } from './alpha-charts';
import type { Chart, ChartLine } from './chart';
import { type CellView, cellViews } from './space-view';

const SIZE = { width: 380, height: 220 };

/** A chart with a heading. */
export interface TitledChart extends Chart {
  readonly heading: string;
}

/** Share of an edge's weight that falls on the skip connection, mean over a cell's edges, percent. */
function skipShare({ edges }: CellView, record: EpochRecord<AnySpace>): number {
  const shares = edges.map((edge) => {
    const weights = edgeWeights(record, edge);
    const skip = weights[edge.candidates.indexOf('skip_connect')] ?? 0;
    return skip / weights.reduce((sum, weight) => sum + weight, 0);
  });
  return (100 * shares.reduce((sum, share) => sum + share, 0)) / edges.length;
}

/** Entropy of an edge's weights, mean over a cell's edges; null if it was not measured. */
function meanEntropy({ edges }: CellView, { diagnostics }: EpochRecord<AnySpace>): number | null {
  if (!diagnostics) return null;
  const entropy: Readonly<Record<string, number>> = { ...diagnostics.entropy };
  return edges.reduce((sum, { alpha }) => sum + entropy[alpha]!, 0) / edges.length;
}

/** The curves of the training, of the skip connections in spaces that have them, and of what was measured besides. */
export function trainingCharts(
  space: AnySpace,
  history: readonly EpochRecord<AnySpace>[],
  epochs: number,
): readonly TitledChart[] {
  const line = (
    label: string,
    className: string,
    value: (record: EpochRecord<AnySpace>) => number | null,
  ): ChartLine => ({
    label,
    className,
    values: history.map(value),
  });
  const cells = cellViews(space);
  const ofCells = (value: (record: EpochRecord<AnySpace>, cell: number) => number | null) =>
    cells.map(({ label }, i) =>
      line(label, i === 0 ? 'series-train' : 'series-valid', (record) => value(record, i)),
    );
  const kept = Object.values(keptOperations(history.at(-1)!.genotype)).map(({ length }) => length);
  const chart = (id: string, heading: string, lines: readonly ChartLine[], more: Partial<Chart> = {}) => {
    const now = lines.map(({ label, values }) => `${label} ${values.at(-1)?.toPrecision(4) ?? 'unknown'}`);
    return {
      id,
      heading,
      title: `${heading} over epochs; last: ${now.join(', ')}`,
      lines,
      epochs,
      ...SIZE,
      ...more,
    };
  };
  const metrics = Object.keys(trainMetrics(history.at(-1)!));
  const [first] = metrics;
  const charts = [
    chart('loss', 'Loss', [
      line('train', 'series-train', ({ trainLoss }) => trainLoss),
      line('valid', 'series-valid', ({ validLoss }) => validLoss),
    ]),
    ...metrics.map((name) =>
      chart(name, metricHeading(name), [
        line('train', 'series-train', (record) => trainMetrics(record)[name] ?? null),
        line('valid', 'series-valid', (record) => validMetrics(record)[name] ?? null),
      ]),
    ),
    chart(
      'learning-rate',
      'Learning rate',
      [line('weights', 'series-train', ({ learningRate }) => learningRate)],
      { range: [0, Math.max(...history.map(({ learningRate }) => learningRate))] },
    ),
    chart('noise-rate', 'Noise rate', [line('rate', 'series-train', ({ noiseRate }) => noiseRate)], {
      range: [0, Math.max(1, ...history.map(({ noiseRate }) => noiseRate))],
    }),
  ];
  if (space.primitives.includes('skip_connect'))
    charts.push(
      chart(
        'skip-share',
        'Skip weight, %',
        ofCells((record, cell) => skipShare(cells[cell]!, record)),
      ),
      chart(
        'skip-count',
        'Skips kept',
        ofCells((record, cell) => countSkips(record.genotype)[cell]!),
        { range: [0, Math.max(...kept)], whole: true },
      ),
    );
  const measured = history.flatMap(({ diagnostics }) => diagnostics ?? []);
  if (measured.length > 0)
    charts.push(
      chart(
        'entropy',
        'Entropy of an edge, nats',
        ofCells((record, cell) => meanEntropy(cells[cell]!, record)),
      ),
    );
  const gapOf = (gap: DiscretisationGap['derived'] | undefined) =>
    gap ? (first === undefined ? gap.loss : (gapMetrics(gap)[first] ?? null)) : null;
  const compared = first === undefined ? 'loss' : metricHeading(first).replace(',', '').toLowerCase();
  if (measured.some(({ gap }) => gap))
    charts.push(
      chart('gap', `Discretisation, ${compared}`, [
        line('supernet', 'series-train', ({ diagnostics }) => gapOf(diagnostics?.gap?.supernet)),
        line('derived', 'series-valid', ({ diagnostics }) => gapOf(diagnostics?.gap?.derived)),
      ]),
    );
  if (measured.some(({ eigenvalue }) => eigenvalue))
    charts.push(
      chart('eigenvalue', 'Largest eigenvalue over alpha', [
        line('eigenvalue', 'series-train', ({ diagnostics }) => diagnostics?.eigenvalue?.max ?? null),
      ]),
    );
  return charts;
}
