/**
 * What the comparison at length found, for `docs/results/`: `npm run --silent results:long-report -- nasbench201 | darts --runs
 * DIR [--table FILE] [--methods darts,gdas] [--figures NAME]`. Reads the histories that `results:long` writes, finished or not,
 * and what was selected from them, all or those of some methods, prints tables of every run and of every method, and draws
 * `docs/images/NAME-*.svg`, by default at-length-nasbench201 or at-length-darts. `--table` is NAS-Bench-201's, in which cells are
 * looked up.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { skipCount } from 'noisydarts/analysis';
import { type Genotype, type NasBench201Cell, nasBench201ToString } from 'noisydarts/genotype';
import { readNasBench201Table, sampleSummary } from 'noisydarts/node';
import type { EpochRecord } from 'noisydarts/search';
import type { AnySpace } from 'noisydarts/spaces';
import { chartPicture } from './chart-picture';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    table: { type: 'string' },
    methods: { type: 'string' },
    figures: { type: 'string' },
  },
});
const [name] = positionals;
if (
  !(name === 'nasbench201' || name === 'darts') ||
  !values.runs ||
  (name === 'nasbench201' && !values.table)
)
  throw new Error(
    `results:long-report: an experiment (nasbench201, darts), --runs and for nasbench201 --table are needed, got '${process.argv.slice(2).join(' ')}'; name them`,
  );
const folder = join(values.runs, name);
const { figures = `at-length-${name}` } = values;
const wanted = values.methods?.split(',');

const COLUMNS = ['c10_test', 'c100_test', 'in16_test'] as const;
const table =
  name === 'nasbench201' && values.table ? await readNasBench201Table(values.table, COLUMNS) : undefined;

interface Selected {
  readonly by: string;
  readonly genotype: Genotype | NasBench201Cell;
}
interface Run {
  readonly method: string;
  readonly seed: number;
  readonly epochs: readonly EpochRecord<AnySpace>[];
  readonly selected: readonly Selected[];
}
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
/** Those of the question first, then the others by name. */
const order = ({ method, seed }: Run) =>
  `${['darts', 'noisy'].indexOf(method) < 0 ? method : ` ${method}`} ${seed}`;
const runs: readonly Run[] = readdirSync(folder)
  .map((run) => /^(.+)-(\d+)$/.exec(run))
  .filter((match) => match !== null)
  .filter(
    ([run, method]) => existsSync(join(folder, run, 'history.json')) && (wanted?.includes(method!) ?? true),
  )
  .map(([run, method, seed]) => ({
    method: method!,
    seed: Number(seed),
    epochs: read(join(folder, run, 'history.json')).epochs,
    selected: readdirSync(join(folder, run))
      .filter((file) => /^selection-.+\.json$/.test(file))
      .map((file) => read(join(folder, run, file))),
  }))
  .filter(({ epochs }) => epochs.length > 0)
  .sort((a, b) => (order(a) < order(b) ? -1 : 1));
const missing = wanted?.find((method) => !runs.some((run) => run.method === method));
if (runs.length === 0 || missing !== undefined)
  throw new Error(
    `results:long-report: there must be runs of every method, got none of '${missing ?? name}' in '${folder}'; name what is there`,
  );
const methods = [...new Set(runs.map(({ method }) => method))];
const of = (method: string) => runs.filter((run) => run.method === method);
const length = Math.max(...runs.map(({ epochs }) => epochs.length));
/** Epochs that all seeds of a method have, so that unfinished ones compare. */
const common = (method: string) => Math.min(...of(method).map(({ epochs }) => epochs.length));

/** Test accuracies of the table that papers print for a search in NAS-Bench-201, and where they were read. */
const PUBLISHED: readonly (readonly [what: string, ...accuracies: string[]])[] = [
  ['NoisyDARTS', '93.49', '71.55', '42.34', 'its paper, as a list of benchmarks has it'],
  ['DARTS, second order', '54.30', '15.61', '16.32', 'Ji et al. 2025, RZ-NAS, table 2'],
  ['PC-DARTS', '93.41', '67.48', '41.31', 'the same'],
  ['beta-DARTS', '94.36', '73.51', '46.34', 'the same'],
  ['best cell of the table', '94.37', '73.51', '47.31', 'the table'],
];

/** An epoch, or what was selected. */
type Found = Pick<EpochRecord<AnySpace>, 'genotype'>;
const looked = ({ genotype }: Found, column: (typeof COLUMNS)[number]) =>
  table!.lookup(genotype as NasBench201Cell, column).value;
/** The cell that is looked at. */
const cell = name === 'darts' ? 'normal' : 'cell';
const skipsOf = ({ genotype }: Found) => skipCount(genotype)[cell]!;
/** The latest value of a diagnostic of the first cell, up to an epoch. */
function latest(
  epochs: readonly EpochRecord<AnySpace>[],
  what: (epoch: EpochRecord<AnySpace>) => number | undefined,
) {
  const told = epochs.map(what).filter((value) => value !== undefined);
  return told.at(-1);
}
const skipShare = ({ diagnostics }: EpochRecord<AnySpace>) =>
  (diagnostics?.skipShare as Readonly<Record<string, number>> | undefined)?.[cell];
const entropy = ({ diagnostics }: EpochRecord<AnySpace>) =>
  (diagnostics?.entropy as Readonly<Record<string, number>> | undefined)?.[cell];
const eigenvalue = ({ diagnostics }: EpochRecord<AnySpace>) => diagnostics?.eigenvalue?.max;

/** What a genotype keeps and where, to compare. */
const operations = ({ genotype }: Found): readonly string[] =>
  name === 'darts'
    ? (['normal', 'reduce'] as const).flatMap((type) =>
        (genotype as Genotype)[type].map((edge, i) => `${type} ${i >> 1} ${edge.join(' ')}`),
      )
    : (genotype as NasBench201Cell).flat().map(([primitive], i) => `${i} ${primitive}`);

const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const header = (...cells: readonly string[]) => {
  row(...cells);
  row(...cells.map(() => '---'));
};
/** A dash for what was not measured yet. */
const told = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? '–';
const spread = (all: readonly number[], digits = 2) => {
  const { mean, std } = sampleSummary(all);
  return `${mean!.toFixed(digits)}${std === null ? '' : ` ± ${std.toFixed(digits)}`}`;
};

console.log(
  `${length} epochs at most; of all seeds ${methods.map((method) => `${method} ${common(method)}`).join(', ')}.\n`,
);
header(
  'run',
  'epochs',
  ...(table ? ['CIFAR-10', 'CIFAR-100', 'ImageNet16-120'] : []),
  'skips',
  'skip share',
  'entropy',
  'eigenvalue',
  ...(table ? ['cell'] : []),
);
for (const { method, seed, epochs } of runs) {
  const last = epochs.at(-1)!;
  row(
    `${method}, seed ${seed}`,
    epochs.length,
    ...(table ? COLUMNS.map((column) => looked(last, column).toFixed(2)) : []),
    skipsOf(last),
    told(latest(epochs, skipShare), 3),
    told(latest(epochs, entropy), 3),
    told(latest(epochs, eigenvalue), 2),
    ...(table ? [`\`${nasBench201ToString(last.genotype as NasBench201Cell)}\``] : []),
  );
}
console.log();
/** From which epoch on there are how many: `3 from 1, 4 from 9`. */
const changes = (counts: readonly number[]): string =>
  counts.flatMap((count, i) => (count === counts[i - 1] ? [] : [`${count} from ${i + 1}`])).join(', ');
header('run', 'skip connections by epoch', ...(table ? [] : ['at the end in the reduction cell']));
for (const { method, seed, epochs } of runs) {
  const { reduce } = skipCount(epochs.at(-1)!.genotype);
  row(`${method}, seed ${seed}`, changes(epochs.map(skipsOf)), ...(table ? [] : [reduce!]));
}
const frozen = runs.filter(({ epochs }) => epochs.some((epoch) => epoch.frozen?.length));
if (frozen.length > 0) {
  console.log();
  header('run', 'operations frozen by epoch');
  for (const { method, seed, epochs } of frozen) {
    let sum = 0;
    const sums = epochs.map((epoch) => {
      sum += epoch.frozen?.length ?? 0;
      return sum;
    });
    row(`${method}, seed ${seed}`, changes(sums));
  }
}
console.log();
const marksOf = (method: string) => [
  ...[8, 16, 32, 48, 64].filter((mark) => mark < common(method)),
  common(method),
];
header('method', 'epoch', ...(table ? ['CIFAR-10', 'CIFAR-100', 'ImageNet16-120'] : []), 'skips', 'seeds');
for (const method of methods)
  for (const mark of marksOf(method)) {
    const at = of(method).map(({ epochs }) => epochs[mark - 1]!);
    row(
      method,
      mark,
      ...(table ? COLUMNS.map((column) => spread(at.map((epoch) => looked(epoch, column)))) : []),
      spread(at.map(skipsOf), 1),
      at.length,
    );
  }

if (runs.some(({ selected }) => selected.length > 0)) {
  console.log();
  header(
    'run',
    'selected by',
    ...(table ? ['CIFAR-10', 'CIFAR-100', 'ImageNet16-120'] : []),
    'skips',
    'kept as alpha',
  );
  for (const { method, seed, epochs, selected } of runs.filter((run) => run.selected.length > 0))
    for (const found of [{ by: 'alpha', ...epochs.at(-1)! }, ...selected]) {
      const kept = operations(found as Found);
      const same = operations(epochs.at(-1)!).filter((operation) => kept.includes(operation)).length;
      row(
        `${method}, seed ${seed}`,
        found.by,
        ...(table ? COLUMNS.map((column) => looked(found as Found, column).toFixed(2)) : []),
        skipsOf(found as Found),
        `${same} of ${kept.length}`,
      );
    }
}
if (table) {
  console.log();
  header('published', 'CIFAR-10', 'CIFAR-100', 'ImageNet16-120', 'source');
  for (const line of PUBLISHED) row(...line);
}

const COLOURS = ['nd-pooling', 'nd-skip', 'nd-separable', 'nd-dilated', 'nd-convolution', 'nd-other'];
/** Mean of the seeds of each method, with least and greatest, epoch by epoch. */
function draw(id: string, heading: string, value: (epoch: EpochRecord<AnySpace>) => number) {
  const lines = methods.map((method, i) => {
    const at = Array.from({ length }, (_, epoch) =>
      runs.flatMap((run) => (run.method === method && run.epochs[epoch] ? [value(run.epochs[epoch])] : [])),
    );
    return {
      label: method,
      className: COLOURS[i % COLOURS.length]!,
      ...(i >= COLOURS.length && { dash: '5 3' }),
      values: at.map((all) => sampleSummary(all).mean),
      band: at.map((all) => (all.length > 0 ? ([Math.min(...all), Math.max(...all)] as const) : null)),
    };
  });
  const file = new URL(`../docs/images/${figures}-${id}.svg`, import.meta.url);
  const seeds = [...new Set(methods.map((method) => of(method).length))].join(' or ');
  const about = `${heading}: ${seeds === '1' ? 'one seed each' : `mean of ${seeds} seeds, least and greatest`}`;
  writeFileSync(
    fileURLToPath(file),
    chartPicture({ id, title: heading, heading, about, lines, epochs: length }),
  );
}
draw('skips', `Skip connections of the ${name === 'darts' ? 'normal cell' : 'cell'} over epochs`, skipsOf);
if (table)
  draw('accuracy', 'CIFAR-10 test accuracy in the table, %, over epochs', (epoch) =>
    looked(epoch, 'c10_test'),
  );
