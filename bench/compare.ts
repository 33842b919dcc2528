import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reportOf } from './child';
import { count, median, parseOptions } from './options';

/** What both sides report of a search step. */
interface Report {
  readonly engine: string;
  readonly step_seconds_median: number;
  readonly seconds_per_image: number;
  readonly peak_rss_mb: number;
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * PyTorch's search step and this library's, in turn on one machine, several times each, and the ratios of their medians:
 * above 1 where this library is faster, or takes less memory.
 *
 * PyTorch runs a script that builds the same supernet and prints the fields of `bench supernet`.
 */
export async function compare(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: {
      threads: { type: 'string', default: '1' },
      channels: { type: 'string', default: '16' },
      layers: { type: 'string', default: '8' },
      batch: { type: 'string', default: '16' },
      steps: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '3' },
      python: { type: 'string', default: '/usr/bin/python3' },
      script: { type: 'string', default: at('./pytorch_supernet.py') },
    },
  });
  const { python, script, rounds: roundsText, ...options } = values;
  const size = Object.entries(options).flatMap(([name, text]) => [`--${name}`, String(count(name, text))]);
  const rounds = count('rounds', roundsText);
  requireTorch(python);
  if (!existsSync(script)) {
    throw new RangeError(`bench: no PyTorch script there, got '${script}'; name one with --script FILE`);
  }

  const ours: Report[] = [];
  const theirs: Report[] = [];
  for (let round = 0; round < rounds; round++) {
    theirs.push(reportOf<Report>(python, [script, ...size]));
    ours.push(reportOf<Report>(process.execPath, ['--import', 'tsx', at('./index.ts'), 'supernet', ...size]));
  }
  const middle = (reports: readonly Report[], field: Exclude<keyof Report, 'engine'>) =>
    median(reports.map((report) => report[field]));
  const ratio = (field: Exclude<keyof Report, 'engine'>) =>
    Number((middle(theirs, field) / middle(ours, field)).toFixed(2));
  const summary = (reports: readonly Report[]) => ({
    engine: reports[0]!.engine,
    seconds_per_image: middle(reports, 'seconds_per_image'),
    all_seconds_per_image: reports.map((report) => report.seconds_per_image),
    peak_rss_mb: middle(reports, 'peak_rss_mb'),
  });
  return {
    threads: count('threads', options.threads),
    batch: count('batch', options.batch),
    rounds,
    speed_ratio: ratio('seconds_per_image'),
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
