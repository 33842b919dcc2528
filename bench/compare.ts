import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { reportOf } from './child';
import { count, median, oneOf, parseOptions } from './options';

/** What both sides report of a step. */
interface Report {
  readonly engine: string;
  readonly seconds_per_image: number;
  readonly cpu_seconds_per_image: number;
  readonly peak_rss_mb: number;
}

interface Comparison {
  readonly batch: number;
  readonly size: number;
  readonly layers: number;
  readonly ours: readonly [string, ...string[]];
  readonly theirs?: string;
}

/** Images a batch, pixels a side, and cells (or cells a stage) of what is compared, the benchmark of this library, and PyTorch's if its name is another. */
const COMPARISONS = {
  search: { batch: 16, size: 32, layers: 8, ours: ['supernet'] },
  'nas-bench-201': { batch: 32, size: 32, layers: 5, ours: ['supernet', '--space', 'nas-bench-201'] },
  mobile: { batch: 8, size: 64, layers: 8, ours: ['supernet', '--space', 'mobile'] },
  train: { batch: 32, size: 32, layers: 8, ours: ['network', '--what', 'train'] },
  infer: { batch: 32, size: 32, layers: 8, ours: ['network', '--what', 'infer'] },
  folded: { batch: 32, size: 32, layers: 8, ours: ['network', '--what', 'folded'], theirs: 'infer' },
} as const satisfies Record<string, Comparison>;

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * PyTorch's step and this library's, in turn on one machine, one thread each, several times, and the ratios of their medians:
 * above 1 where this library is faster, or takes less memory. `--what` names a row, or several with commas between.
 *
 * PyTorch runs bench/pytorch_step.py, which builds the same graph. On a machine with other work to do the ratio of processor time
 * says more than that of the clock.
 */
export async function compare(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: {
      what: { type: 'string', default: 'search' },
      threads: { type: 'string', default: '1' },
      channels: { type: 'string', default: '16' },
      layers: { type: 'string' },
      batch: { type: 'string' },
      size: { type: 'string' },
      steps: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '3' },
      python: { type: 'string', default: '/usr/bin/python3' },
    },
  });
  const { what, python, rounds, ...options } = values;
  const words = Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[];
  const rows = what.split(',').map((word) => oneOf('what', word, words));
  const turns = count('rounds', rounds);
  for (const [name, text] of Object.entries(options)) count(name, text);
  requireTorch(python);
  const results = rows.map((row) => {
    const { ours: command, theirs: program = row, ...defaults }: Comparison = COMPARISONS[row];
    const { threads, ...sizes } = { ...defaults, ...options };
    const shape = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // A network has no threads of its own.
    const parallel = command[0] === 'supernet' ? ['--threads', threads] : [];
    const ours: Report[] = [];
    const theirs: Report[] = [];
    for (let turn = 0; turn < turns; turn++) {
      theirs.push(
        reportOf<Report>(python, [at('./pytorch_step.py'), program, '--threads', threads, ...shape]),
      );
      const own = ['--import', 'tsx', at('./index.ts'), ...command];
      ours.push(reportOf<Report>(process.execPath, [...own, ...parallel, ...shape]));
    }
    return { what: row, ...sizes, threads: Number(threads), rounds: turns, ...ratios(ours, theirs) };
  });
  if (results.length === 1) return results[0]!;
  for (const result of results) console.log(JSON.stringify(result));
  return Object.fromEntries(results.map((result) => [result.what, result.speed_ratio]));
}

function ratios(ours: readonly Report[], theirs: readonly Report[]) {
  type Field = Exclude<keyof Report, 'engine'>;
  const middle = (reports: readonly Report[], field: Field) => median(reports.map((report) => report[field]));
  const ratio = (field: Field) => Number((middle(theirs, field) / middle(ours, field)).toFixed(2));
  const summary = (reports: readonly Report[]) => ({
    engine: reports[0]!.engine,
    seconds_per_image: middle(reports, 'seconds_per_image'),
    all_seconds_per_image: reports.map((report) => report.seconds_per_image),
    cpu_seconds_per_image: middle(reports, 'cpu_seconds_per_image'),
    peak_rss_mb: middle(reports, 'peak_rss_mb'),
  });
  return {
    speed_ratio: ratio('seconds_per_image'),
    cpu_ratio: ratio('cpu_seconds_per_image'),
    memory_ratio: ratio('peak_rss_mb'),
    ours: summary(ours),
    pytorch: summary(theirs),
  };
}

function requireTorch(python: string): void {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
  } catch {
    throw new RangeError(
      `bench: PyTorch is not installed, got no torch from '${python}'; on Debian: apt-get install python3-torch`,
    );
  }
}
