// What their metrics are called, also in the history of another process.
import '../tasks';
import { metricInfo } from '../tasks/metrics';
import { formatLoss, formatPercent } from './format';

/** What progress and reports need of a line of history. */
export interface MeasuredLine {
  readonly trainAccuracy: number | null;
  readonly trainMetrics?: Readonly<Record<string, number>>;
  readonly validAccuracy?: number | null;
  readonly validMetrics?: Readonly<Record<string, number>> | null;
}

const older = (accuracy: number | null | undefined) => (typeof accuracy === 'number' ? { accuracy } : {});

/** The metrics of the training batches by name, also of a history from before there were tasks. */
export function trainMetrics(line: MeasuredLine): Readonly<Record<string, number>> {
  return line.trainMetrics ?? older(line.trainAccuracy);
}

/** The metrics of the validation set by name; of one that was not evaluated there are none. */
export function validMetrics(line: MeasuredLine): Readonly<Record<string, number>> {
  return line.validMetrics ?? older(line.validAccuracy);
}

/** The value of a metric with its unit. */
export function formatMetric(name: string, value: number | null | undefined): string {
  const { unit } = metricInfo(name);
  if (unit === '%') return formatPercent(value ?? null);
  return `${formatLoss(value ?? null)}${unit && ` ${unit}`}`;
}

/** What a metric is called. */
export const metricLabel = (name: string): string => metricInfo(name).label;

/** Whether a value of a metric is better than another. */
export const isBetterMetric = (name: string, a: number, b: number): boolean =>
  metricInfo(name).better === 'higher' ? a > b : a < b;

/** The metrics of an evaluation, also of one from before there were tasks. */
export function gapMetrics(evaluation: {
  readonly accuracy: number | null;
  readonly metrics?: Readonly<Record<string, number>>;
}): Readonly<Record<string, number>> {
  return evaluation.metrics ?? older(evaluation.accuracy);
}

/** The label of a metric as a heading, with its unit. */
export function metricHeading(name: string): string {
  const { label, unit } = metricInfo(name);
  return `${label.charAt(0).toUpperCase()}${label.slice(1)}${unit && `, ${unit}`}`;
}
