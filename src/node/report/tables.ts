import { rangeError, typeError } from '../../errors';
import type { EpochRecord } from '../../search';
import type { AnySpace } from '../../spaces';
import { formatLoss, formatSeconds } from '../format';
import { formatMetric, metricLabel, trainMetrics, validMetrics } from '../metrics';
import type { RunSettings } from '../run-settings';
import { countSkips } from '../skips';
import { escapeText } from './text';

const isScalar = (value: unknown) => value === null || typeof value !== 'object';

/**
 * Nested values as rows of a path and a text.
 *
 * @param above - The values that this one is in.
 */
function rowsOf(
  path: string,
  value: unknown,
  above: readonly unknown[] = [],
): [path: string, text: string][] {
  if (value === undefined) return [];
  if (value === null) return [[path, 'none']];
  if (isScalar(value)) return [[path, String(value)]];
  if (above.includes(value))
    throw rangeError('renderReport', 'a setting must not be within itself', path, 'pass plain JSON');
  if (Array.isArray(value)) {
    if (value.length === 0) return [[path, 'none']];
    if (value.every(isScalar)) return [[path, value.map(String).join(', ')]];
    return value.flatMap((item, i) =>
      rowsOf(value.length === 1 ? path : `${path} ${i + 1}`, item, [...above, value]),
    );
  }
  return Object.entries(value as object).flatMap(([key, inner]) =>
    rowsOf(path === '' ? key : `${path}.${key}`, inner, [...above, value]),
  );
}

/** A long name that may break after a dot and before a capital. */
function breakable(name: string): string {
  return name.replace(/\.|.(?=[A-Z])/g, '$&<wbr>');
}

/** One table a group. */
export function settingsTables(settings: RunSettings): string {
  if (settings === null || typeof settings !== 'object' || Array.isArray(settings))
    throw typeError('renderReport', 'settings must be an object of groups', settings, 'pass plain JSON');
  return Object.entries(settings)
    .map(([group, values]) => {
      const rows = rowsOf('', values).map(
        ([path, text]) =>
          `<tr><th scope="row">${breakable(escapeText(path))}</th><td>${escapeText(text)}</td></tr>`,
      );
      const title = escapeText(group.charAt(0).toUpperCase() + group.slice(1));
      return `<div class="card"><table class="settings"><caption>${title}</caption>${rows.join('')}</table></div>`;
    })
    .join('\n');
}

/** The epochs as numbers. */
export function epochTable(history: readonly EpochRecord<AnySpace>[]): string {
  const names = Object.keys(trainMetrics(history.at(-1)!));
  const head = [
    'Epoch',
    'Train loss',
    ...names.map((name) => `Train ${metricLabel(name)}`),
    'Valid loss',
    ...names.map((name) => `Valid ${metricLabel(name)}`),
    'Learning rate',
    'Noise rate',
    'Skips',
    'Time',
  ];
  const rows = history.map((record) => {
    const { epoch, trainLoss, validLoss, learningRate, noiseRate } = record;
    const cells = [
      formatLoss(trainLoss),
      ...names.map((name) => formatMetric(name, trainMetrics(record)[name])),
      formatLoss(validLoss),
      ...names.map((name) => formatMetric(name, validMetrics(record)[name])),
      learningRate.toPrecision(3),
      noiseRate.toFixed(3),
      countSkips(record.genotype).join(' + '),
      formatSeconds(record.seconds),
    ];
    return `<tr><th scope="row">${epoch + 1}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<table class="numbers"><thead><tr>${head.map((name) => `<th scope="col">${escapeText(name)}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}
