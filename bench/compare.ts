import { count, oneOf, parseOptions } from './options';
import {
  type Command,
  flags,
  inRounds,
  middle,
  ours,
  pytorch,
  type Report,
  ratioOf,
  requireTorch,
} from './rounds';

interface Comparison {
  readonly batch: number;
  readonly size: number;
  readonly layers: number;
  readonly steps: number;
  readonly ours: readonly [string, ...string[]];
  readonly theirs?: string;
}

/**
 * Images a batch, pixels a side, cells (or cells a stage) and steps of what is compared, the benchmark of this library, and
 * PyTorch's if its name is another. One image takes many steps: the engine compiles while the first ones run.
 */
export const COMPARISONS = {
  search: { batch: 16, size: 32, layers: 8, steps: 3, ours: ['supernet'] },
  'nas-bench-201': {
    batch: 32,
    size: 32,
    layers: 5,
    steps: 3,
    ours: ['supernet', '--space', 'nas-bench-201'],
  },
  mobile: { batch: 8, size: 64, layers: 8, steps: 3, ours: ['supernet', '--space', 'mobile'] },
  train: { batch: 32, size: 32, layers: 8, steps: 10, ours: ['network', '--what', 'train'] },
  regularised: {
    batch: 32,
    size: 32,
    layers: 8,
    steps: 10,
    ours: ['network', '--what', 'train', '--network', 'regularised'],
  },
  infer: { batch: 32, size: 32, layers: 8, steps: 10, ours: ['network', '--what', 'infer'] },
  folded: {
    batch: 32,
    size: 32,
    layers: 8,
    steps: 10,
    ours: ['network', '--what', 'folded'],
    theirs: 'infer',
  },
  'mobile-train': {
    batch: 16,
    size: 64,
    layers: 8,
    steps: 5,
    ours: ['network', '--what', 'train', '--network', 'mobile'],
  },
  'mobile-infer': {
    batch: 16,
    size: 64,
    layers: 8,
    steps: 10,
    ours: ['network', '--what', 'infer', '--network', 'mobile'],
  },
} as const satisfies Record<string, Comparison>;

/** What is compared by name. */
export type Compared = keyof typeof COMPARISONS;

/** Both sides of a comparison and the sizes that they take. */
export function sides(
  what: Compared,
  options: Readonly<Record<string, string | number>>,
  python: string,
): {
  readonly sizes: Readonly<Record<string, string | number>>;
  readonly pytorch: Command;
  readonly ours: Command;
} {
  const { ours: command, theirs: program = what, ...defaults }: Comparison = COMPARISONS[what];
  const { threads = 1, ...sizes } = { channels: 16, ...defaults, ...options };
  // One batch of logits has one thread.
  const parallel = ['supernet', 'train'].some((word) => command.includes(word)) ? flags({ threads }) : [];
  return {
    sizes,
    pytorch: pytorch(python, program, '--threads', String(threads), ...flags(sizes)),
    ours: ours(...command, ...parallel, ...flags(sizes)),
  };
}

/**
 * PyTorch's step and this library's, in turn on one machine, one thread each, several times, and the ratios of their medians:
 * above 1 where this library is faster, or takes less memory. `--what` names a row, or several with commas between;
 * `strategies` sets the search steps of all strategies beside that of `darts` instead, on this library alone.
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
      steps: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      python: { type: 'string', default: '/usr/bin/python3' },
    },
  });
  const { what, python, rounds, ...options } = values;
  const turns = count('rounds', rounds);
  for (const [name, text] of Object.entries(options)) count(name, text);
  if (what === 'strategies') return strategies(options, turns);
  const words = Object.keys(COMPARISONS) as Compared[];
  const rows = what.split(',').map((word) => oneOf('what', word, words));
  requireTorch(python);
  const results = rows.map((row) => {
    const { sizes, ...commands } = sides(row, options, python);
    const reports = inRounds({ pytorch: commands.pytorch, ours: commands.ours }, turns);
    return { what: row, ...sizes, threads: Number(options.threads), rounds: turns, ...ratios(reports) };
  });
  if (results.length === 1) return results[0]!;
  for (const result of results) console.log(JSON.stringify(result));
  return Object.fromEntries(results.map((result) => [result.what, result.speed_ratio]));
}

function ratios(reports: { readonly ours: readonly Report[]; readonly pytorch: readonly Report[] }) {
  const ratio = (field: Parameters<typeof middle>[1]) => ratioOf(reports.pytorch, reports.ours, field);
  return {
    speed_ratio: ratio('seconds_per_image'),
    cpu_ratio: ratio('cpu_seconds_per_image'),
    memory_ratio: ratio('peak_rss_mb'),
    ours: summary(reports.ours),
    pytorch: summary(reports.pytorch),
  };
}

const summary = (reports: readonly Report[]) => ({
  engine: reports[0]!.engine,
  seconds_per_image: middle(reports, 'seconds_per_image'),
  all_seconds_per_image: reports.map((report) => report.seconds_per_image),
  cpu_seconds_per_image: middle(reports, 'cpu_seconds_per_image'),
  peak_rss_mb: middle(reports, 'peak_rss_mb'),
});

/** Strategies whose search steps are set beside each other, `darts` first. */
export const STRATEGIES = ['darts', 'gdas', 'sdarts-rs', 'fair-darts', 'pc-darts', 'beta-darts'] as const;

/** The search step of the paper's supernet with each strategy. */
export const strategyCommands = (options: Readonly<Record<string, string | number>>) =>
  Object.fromEntries(
    STRATEGIES.map((name) => [
      name,
      ours('supernet', '--strategy', name, ...flags({ batch: 16, steps: 3, ...options })),
    ]),
  ) as Record<(typeof STRATEGIES)[number], Command>;

/** Each strategy's time and memory as a multiple of those of `darts`. */
export function besideDarts(reports: Readonly<Record<(typeof STRATEGIES)[number], readonly Report[]>>) {
  return STRATEGIES.map((strategy) => ({
    strategy,
    seconds_per_image: middle(reports[strategy], 'seconds_per_image'),
    cpu_seconds_per_image: middle(reports[strategy], 'cpu_seconds_per_image'),
    wasm_heap_mb: middle(reports[strategy], 'wasm_heap_mb'),
    time_of_darts: ratioOf(reports[strategy], reports.darts, 'seconds_per_image'),
    cpu_of_darts: ratioOf(reports[strategy], reports.darts, 'cpu_seconds_per_image'),
    heap_of_darts: ratioOf(reports[strategy], reports.darts, 'wasm_heap_mb'),
  }));
}

function strategies(options: Readonly<Record<string, string>>, rounds: number): object {
  const rows = besideDarts(inRounds(strategyCommands(options), rounds));
  return { what: 'strategies', ...options, rounds, rows };
}
