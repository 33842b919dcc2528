import type { EpochRecord } from '../../search';
import { alphaShape, type CellType, type DartsSpace, edgeCandidates } from '../../spaces';
import { countSkips } from '../skips';
import { cellTypes } from './alpha-charts';
import type { Chart, ChartLine } from './chart';

const SIZE = { width: 380, height: 220 };

/** A chart with a heading. */
export interface TitledChart extends Chart {
  readonly heading: string;
}

/** Share of an edge's weight that falls on the skip connection, mean over a cell's edges, percent. */
function skipShare(space: DartsSpace, { alphas }: EpochRecord, cell: CellType): number {
  const [edges] = alphaShape(space);
  let sum = 0;
  for (let edge = 0; edge < edges; edge++) {
    const k = edgeCandidates(space, cell, edge).indexOf('skip_connect');
    if (k >= 0) sum += alphas[cell][edge]![k]!;
  }
  return (100 * sum) / edges;
}

/** The curves of the training, and of the skip connections in spaces that have them. */
export function trainingCharts(
  space: DartsSpace,
  history: readonly EpochRecord[],
  epochs: number,
): readonly TitledChart[] {
  const line = (
    label: string,
    className: string,
    value: (record: EpochRecord) => number | null,
  ): ChartLine => ({
    label,
    className,
    values: history.map(value),
  });
  const ofCells = (value: (record: EpochRecord, cell: CellType) => number) =>
    cellTypes.map((cell, i) =>
      line(cell === 'normal' ? 'normal' : 'reduction', i === 0 ? 'series-train' : 'series-valid', (record) =>
        value(record, cell),
      ),
    );
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
  const charts = [
    chart('loss', 'Loss', [
      line('train', 'series-train', ({ trainLoss }) => trainLoss),
      line('valid', 'series-valid', ({ validLoss }) => validLoss),
    ]),
    chart('accuracy', 'Accuracy, %', [
      line('train', 'series-train', ({ trainAccuracy }) => trainAccuracy),
      line('valid', 'series-valid', ({ validAccuracy }) => validAccuracy),
    ]),
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
  if (!space.primitives.includes('skip_connect')) return charts;
  return [
    ...charts,
    chart(
      'skip-share',
      'Skip weight, %',
      ofCells((record, cell) => skipShare(space, record, cell)),
    ),
    chart(
      'skip-count',
      'Skips kept',
      ofCells((record, cell) => countSkips(record.genotype, cell)),
      { range: [0, 2 * space.nodes], whole: true },
    ),
  ];
}
