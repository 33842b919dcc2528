import type { JobResult } from 'noisydarts/sweep';
import type { JobOutcome } from './job';

/** Mean and deviation of a sample: `91.20 ± 0.31`. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return mean.toFixed(2);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return `${mean.toFixed(2)} ± ${Math.sqrt(squares / (values.length - 1)).toFixed(2)}`;
}

/** What differs between the searches, apart from the seed. */
function settingOf(result: JobResult, all: readonly JobResult[]): string {
  const { search } = result.job;
  const differs = (key: string) => new Set(all.map(({ job }) => job.search[key])).size > 1;
  const keys = Object.keys(search).filter((key) => key !== 'seed' && differs(key));
  return keys.map((key) => `${key} ${search[key]}`).join(', ') || 'all';
}

/** The results as text: a row a setting, with mean and deviation over its seeds. */
export function sweepTable(results: readonly JobResult[]): string {
  const groups = new Map<string, JobResult[]>();
  for (const result of results) {
    const setting = settingOf(result, results);
    groups.set(setting, [...(groups.get(setting) ?? []), result]);
  }
  const rows = [...groups].map(([setting, group]) => {
    const done = group.filter(({ status }) => status === 'done').map(({ result }) => result as JobOutcome);
    const tests = done.flatMap(({ testAccuracy }) => testAccuracy ?? []);
    return [
      setting,
      `${done.length} of ${group.length}`,
      spread(done.map(({ validAccuracy }) => validAccuracy)),
      spread(tests),
      spread(done.map(({ seconds }) => seconds)),
    ];
  });
  const table = [['setting', 'done', 'supernet, valid %', 'test %', 'seconds'], ...rows];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
