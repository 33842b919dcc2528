import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { besideDarts, type Compared, type STRATEGIES, sides, strategyCommands } from './compare';
import { count, parseOptions } from './options';
import { projectCommands, projected } from './project';
import { type Command, inRounds, middle, type Report, ratioOf, requireTorch } from './rounds';
import { type SizeRow, sizeRows } from './sizes';
import { threadCommands, threadRows } from './threads';

/** The rows against PyTorch: what, with what options, and how many times as fast it is to be. */
const ROWS: readonly {
  what: Compared;
  options: Readonly<Record<string, number>>;
  label: string;
  aim: number;
}[] = [
  { what: 'search', options: {}, label: 'DARTS step, batch 16', aim: 4 },
  { what: 'search', options: { batch: 64, steps: 1 }, label: 'DARTS step, batch 64', aim: 4 },
  { what: 'nas-bench-201', options: {}, label: 'NAS-Bench-201 step, batch 32', aim: 2.5 },
  { what: 'mobile', options: {}, label: 'mobile step, batch 8', aim: 2 },
  { what: 'train', options: {}, label: 'training a derived network, batch 32', aim: 2.5 },
  { what: 'regularised', options: {}, label: 'with auxiliary head and drop path', aim: 2.5 },
  { what: 'infer', options: {}, label: 'its logits, batch 32', aim: 1.5 },
  { what: 'infer', options: { batch: 1, steps: 200 }, label: 'its logits, one image', aim: 1.5 },
  { what: 'folded', options: {}, label: 'logits of its stock layers, batch 32', aim: 1.5 },
  {
    what: 'folded',
    options: { batch: 1, steps: 200 },
    label: 'logits of its stock layers, one image',
    aim: 1.5,
  },
  { what: 'mobile-train', options: {}, label: 'training NoisyDARTS-A, batch 16 of 64x64', aim: 2.5 },
  { what: 'mobile-infer', options: {}, label: 'its logits, batch 16 of 64x64', aim: 1.5 },
];

const START = '<!-- bench table: written by `npm run --silent bench -- table` -->';
const END = '<!-- /bench table -->';

/**
 * Everything that docs/performance.md states, measured in alternating rounds and written there: every comparison with
 * PyTorch, the strategies beside `darts`, the hours of a search, images a second on several threads, and, once, the sizes with their heaps. `--out` names another
 * file with the two marks; `--rounds 1` and `--no-sizes` take less time.
 */
export async function table(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    allowNegative: true,
    options: {
      rounds: { type: 'string', default: '3' },
      sizes: { type: 'boolean', default: true },
      out: { type: 'string', default: 'docs/performance.md' },
      python: { type: 'string', default: '/usr/bin/python3' },
    },
  });
  const rounds = count('rounds', values.rounds);
  const [before, after] = around(textOf(values.out), values.out);
  requireTorch(values.python);
  const start = performance.now();
  const load = loadavg()[0]!;
  const commands: Record<string, Command> = {};
  for (const { what, options, label } of ROWS) {
    const both = sides(what, options, values.python);
    commands[`${label}, PyTorch`] = both.pytorch;
    commands[label] = both.ours;
  }
  const reports = inRounds(
    { ...commands, ...strategyCommands({}), ...projectCommands(), ...threadCommands() },
    rounds,
  ) as Record<string, Report[]>;
  const measured = values.sizes
    ? sizeRows(['cells', 'batch', 'small'], ({ channels, layers, batch }) =>
        console.error(`C = ${channels}, ${layers} cells, batch ${batch}`),
      )
    : [];
  const { torch, revision } = {
    torch: reports[`${ROWS[0]!.label}, PyTorch`]![0]!.engine,
    revision: commit(),
  };
  const minutes = Math.round((performance.now() - start) / 6e4);
  const text = [
    `${cpus()[0]!.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}, ${torch}, one thread each; ${new Date().toISOString().slice(0, 10)}, commit ${revision}, medians of ${rounds} alternating rounds, ${minutes} minutes in all, load ${load.toFixed(1)} at the start and ${loadavg()[0]!.toFixed(1)} at the end.`,
    againstPyTorch(reports),
    'Strategies on the same supernet at batch 16, as multiples of a step of `darts`:',
    strategies(reports),
    hours(reports),
    'Images a second on 1, 2 and 4 threads, and how many times those of one:',
    onThreads(reports),
    ...(measured.length > 0
      ? ['A step of `darts` against its size, with what `estimateMemory` says of the heap:', bySize(measured)]
      : []),
  ].join('\n\n');
  writeFileSync(values.out, `${before}${START}\n\n${text}\n\n${END}${after}`);
  return { benchmark: 'table', out: values.out, rounds, minutes };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RangeError(
      `bench: --out must be a file with the marks of the table, got ${(error as Error).message}; use docs/performance.md`,
      { cause: error },
    );
  }
}

/** What stands before and behind the marks of a file. */
function around(text: string, file: string): [before: string, after: string] {
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start < 0 || end < start)
    throw new RangeError(
      `bench: ${file} has no place for the table, got no line '${START}' with '${END}' after it`,
    );
  return [text.slice(0, start), text.slice(end + END.length)];
}

const commit = () => execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

/** A table of Markdown, its columns as wide as their widest cell. */
function markdown(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join('\n');
}

/** Three significant places. */
const brief = (value: number) => String(Number(value.toPrecision(3)));

function againstPyTorch(reports: Readonly<Record<string, readonly Report[]>>): string {
  const rows = ROWS.map(({ label, aim }) => {
    const [theirs, own] = [reports[`${label}, PyTorch`]!, reports[label]!];
    return [
      label,
      brief(middle(theirs, 'seconds_per_image')),
      brief(middle(own, 'seconds_per_image')),
      ratioOf(theirs, own, 'seconds_per_image'),
      ratioOf(theirs, own, 'cpu_seconds_per_image'),
      aim,
      middle(theirs, 'peak_rss_mb'),
      middle(own, 'peak_rss_mb'),
      ratioOf(theirs, own, 'peak_rss_mb'),
    ];
  });
  const head = ['', 'PyTorch, s an image', 'noisydarts', 'ratio', 'of processor time', 'aim'];
  return markdown([...head, 'PyTorch, peak MB', 'noisydarts', 'ratio'], rows);
}

function strategies(reports: Readonly<Record<string, readonly Report[]>>): string {
  const beside = besideDarts(reports as Record<(typeof STRATEGIES)[number], readonly Report[]>);
  return markdown(
    ['strategy', 's an image', 'time', 'processor time', 'heap, MB', 'heap'],
    beside.map((row) => [
      row.strategy,
      brief(row.seconds_per_image),
      row.time_of_darts,
      row.cpu_of_darts,
      row.wasm_heap_mb,
      row.heap_of_darts,
    ]),
  );
}

function hours(reports: Readonly<Record<string, readonly Report[]>>): string {
  const { seconds_per_image, hours: of, shared } = projected(reports as Parameters<typeof projected>[0]);
  return [
    `A search of NAS-Bench-201's space, 50 epochs of 25,000 images a side (C = 16, 5 cells a stage, batch 64): ${brief(seconds_per_image.one)} s an image on one thread and ${brief(seconds_per_image.two)} on two,`,
    `which is ${of.measured_1} and ${of.measured_2} hours, and ${of.projected_16} on 16 cores if the ${Math.round(100 * (1 - shared))} % that two threads did not share stay as they are.`,
  ].join(' ');
}

const onThreads = (reports: Readonly<Record<string, readonly Report[]>>) =>
  markdown(
    ['', '1 thread', '2 threads', '', '4 threads', ''],
    threadRows(reports).map(({ what, images_per_second: images, times_one: times }) => [
      what,
      images[1]!,
      images[2]!,
      times[2]!,
      images[4]!,
      times[4]!,
    ]),
  );

const bySize = (rows: readonly SizeRow[]) =>
  markdown(
    ['C', 'cells', 'batch', 's an image', 'heap, MB', 'estimate, MB', 'estimate / heap'],
    rows.map((row) => [
      row.channels,
      row.layers,
      row.batch,
      brief(row.seconds_per_image),
      row.wasm_heap_mb,
      row.estimated_heap_mb,
      row.estimate_ratio.toFixed(2),
    ]),
  );
