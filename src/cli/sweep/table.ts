import { sampleSummary } from 'noisydarts/node';
import type { CommandOptions, JobResult } from 'noisydarts/sweep';
import type { JobOutcome } from './job';

/** Mean and deviation of a sample: `91.20 ± 0.31`. */
function spread(values: readonly number[]): string {
  const { mean, std } = sampleSummary(values);
  if (mean === null) return '–';
  return `${mean.toFixed(2)}${std === null ? '' : ` ± ${std.toFixed(2)}`}`;
}

/** The options that differ between searches, apart from the seed. */
function differing(searches: readonly CommandOptions[]): ReadonlySet<string> {
  const keys = new Set(searches.flatMap((search) => Object.keys(search)));
  keys.delete('seed');
  return new Set([...keys].filter((key) => new Set(searches.map((search) => search[key])).size > 1));
}

/** The results as text: a row a setting, with mean and deviation over its seeds. */
export function sweepTable(results: readonly JobResult[]): string {
  const groups = new Map<string, JobResult[]>();
  const special = differing(results.map(({ job }) => job.search));
  for (const result of results) {
    const options = Object.entries(result.job.search).filter(([key]) => special.has(key));
    const all = options.map((option) => option.join(' ')).join(', ') || 'all';
    const setting = result.job.after ? `${all}, the best trained` : all;
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
