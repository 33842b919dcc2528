import { count, parseOptions } from './options';
import { type Command, flags, inRounds, middle, ours, type Report } from './rounds';

/** How many threads are set beside each other. */
const THREADS = [1, 2, 4] as const;

/** What is spread over threads: a label, a benchmark, and the sizes that are not its own. */
const WORK = [
  { label: 'search step', command: ['supernet'], batch: 64 },
  { label: 'training a derived network', command: ['network', '--what', 'train'], batch: 64 },
  { label: 'its logits of a data set', command: ['network', '--what', 'predict'], batch: 32 },
] as const;

const nameOf = (label: string, threads: number) => `${label}, threads ${threads}`;

/** Every kind of work on every number of threads; `options` of their benchmarks stand before the sizes here. */
export const threadCommands = (options: Readonly<Record<string, string | number>> = {}) =>
  Object.fromEntries(
    WORK.flatMap(({ label, command, batch }) =>
      THREADS.map((threads): [string, Command] => [
        nameOf(label, threads),
        ours(...command, ...flags({ batch, steps: 3, ...options, threads })),
      ]),
    ),
  );

/** Images a second of one kind of work. */
export interface ThreadRow {
  readonly what: string;
  /** By number of threads. */
  readonly images_per_second: Readonly<Record<string, number>>;
  /** The same, as multiples of one thread's. */
  readonly times_one: Readonly<Record<string, number>>;
}

/** Images a second, of the medians of what was measured. */
export const threadRows = (reports: Readonly<Record<string, readonly Report[]>>): readonly ThreadRow[] =>
  WORK.map(({ label }) => {
    const seconds = (threads: number) => middle(reports[nameOf(label, threads)]!, 'seconds_per_image');
    const byThreads = (of: (threads: number) => number) =>
      Object.fromEntries(THREADS.map((threads) => [threads, Number(of(threads).toPrecision(3))]));
    return {
      what: label,
      images_per_second: byThreads((threads) => 1 / seconds(threads)),
      times_one: byThreads((threads) => seconds(1) / seconds(threads)),
    };
  });

/**
 * Images a second of a search step, of training the network of noisy_darts_a and of its logits, on 1, 2 and 4 threads in turn,
 * round after round, each in a process of its own; medians. `--batch` and the others stand for the sizes of all three.
 */
export async function threads(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      steps: { type: 'string', default: '3' },
      channels: { type: 'string' },
      layers: { type: 'string' },
      batch: { type: 'string' },
      size: { type: 'string' },
    },
  });
  const { rounds: text, ...options } = values;
  const rounds = count('rounds', text);
  for (const [name, value] of Object.entries(options)) count(name, value);
  return {
    benchmark: 'threads',
    rounds,
    ...options,
    rows: threadRows(inRounds(threadCommands(options), rounds)),
  };
}
