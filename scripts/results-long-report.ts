/**
 * What the comparison at length found, for `docs/results/`: `npm run --silent results:long-report -- nasbench201 | darts --runs
 * DIR [--table FILE]`. Reads the histories that `results:long` writes, finished or not, prints tables of every run and of every
 * method, and draws `docs/images/at-length-*.svg`. `--table` is NAS-Bench-201's, in which cells are looked up.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Genotype, type NasBench201Cell, nasBench201ToString } from 'noisydarts/genotype';
import { readNasBench201Table, sampleSummary } from 'noisydarts/node';
import type { EpochRecord } from 'noisydarts/search';
import type { AnySpace } from 'noisydarts/spaces';
import { median } from '../src/costs/spread';
import { chartPicture } from './chart-picture';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string' }, table: { type: 'string' } },
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

const COLUMNS = ['c10_test', 'c100_test', 'in16_test'] as const;
const table = values.table ? await readNasBench201Table(values.table, COLUMNS) : undefined;

interface Run {
  readonly method: string;
  readonly seed: number;
  readonly epochs: readonly EpochRecord<AnySpace>[];
}
const runs: readonly Run[] = readdirSync(folder)
  .map((run) => /^(.+)-(\d+)$/.exec(run))
  .filter((match) => match !== null)
  .map(([run, method, seed]) => ({
    method: method!,
    seed: Number(seed),
    epochs: JSON.parse(readFileSync(join(folder, run, 'history.json'), 'utf8')).epochs,
  }));
const methods = [...new Set(runs.map(({ method }) => method))];
const length = Math.max(...runs.map(({ epochs }) => epochs.length));
/** Epochs that all runs have, so that unfinished ones compare. */
const common = Math.min(...runs.map(({ epochs }) => epochs.length));

const looked = ({ genotype }: EpochRecord<AnySpace>, column: (typeof COLUMNS)[number]) =>
  table!.lookup(genotype as NasBench201Cell, column).value;
const skipsOf = ({ genotype }: EpochRecord<AnySpace>) =>
  name === 'darts'
    ? (genotype as Genotype).normal.filter(([primitive]) => primitive === 'skip_connect').length
    : (genotype as NasBench201Cell).flat().filter(([primitive]) => primitive === 'skip_connect').length;
/** The latest value of a diagnostic of the first cell, up to an epoch. */
function latest(
  epochs: readonly EpochRecord<AnySpace>[],
  what: (epoch: EpochRecord<AnySpace>) => number | undefined,
) {
  const told = epochs.map(what).filter((value) => value !== undefined);
  return told.at(-1) ?? Number.NaN;
}
const cell = name === 'darts' ? 'normal' : 'cell';
const skipShare = ({ diagnostics }: EpochRecord<AnySpace>) =>
  (diagnostics?.skipShare as Readonly<Record<string, number>> | undefined)?.[cell];
const entropy = ({ diagnostics }: EpochRecord<AnySpace>) =>
  (diagnostics?.entropy as Readonly<Record<string, number>> | undefined)?.[cell];
const eigenvalue = ({ diagnostics }: EpochRecord<AnySpace>) => diagnostics?.eigenvalue?.max;

const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const header = (...cells: readonly string[]) => {
  row(...cells);
  row(...cells.map(() => '---'));
};
const spread = (all: readonly number[], digits = 2) => {
  const { mean, std } = sampleSummary(all);
  return `${mean!.toFixed(digits)}${std === null ? '' : ` ± ${std.toFixed(digits)}`}`;
};

console.log(`${length} epochs at most, ${common} of all runs.\n`);
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
    latest(epochs, skipShare).toFixed(3),
    latest(epochs, entropy).toFixed(3),
    latest(epochs, eigenvalue).toFixed(2),
    ...(table ? [`\`${nasBench201ToString(last.genotype as NasBench201Cell)}\``] : []),
  );
}
console.log();
const marks = [...new Set([8, 16, 32, 48, 64, 100].filter((mark) => mark < common)), common];
header('method', 'epoch', ...(table ? ['CIFAR-10', 'CIFAR-100', 'ImageNet16-120'] : []), 'skips', 'seeds');
for (const method of methods)
  for (const mark of marks) {
    const at = runs.filter((run) => run.method === method).map(({ epochs }) => epochs[mark - 1]!);
    row(
      method,
      mark,
      ...(table ? COLUMNS.map((column) => spread(at.map((epoch) => looked(epoch, column)))) : []),
      spread(at.map(skipsOf), 1),
      at.length,
    );
  }

const COLOURS = ['nd-pooling', 'nd-skip', 'nd-separable', 'nd-dilated', 'nd-convolution', 'nd-other'];
/** Mean of the seeds of each method, with least and greatest, epoch by epoch. */
function draw(id: string, heading: string, of: (epoch: EpochRecord<AnySpace>) => number) {
  const lines = methods.map((method, i) => {
    const at = Array.from({ length }, (_, epoch) =>
      runs.flatMap((run) => (run.method === method && run.epochs[epoch] ? [of(run.epochs[epoch])] : [])),
    );
    return {
      label: method,
      className: COLOURS[i % COLOURS.length]!,
      values: at.map((all) => sampleSummary(all).mean),
      band: at.map((all) => (all.length > 0 ? ([Math.min(...all), Math.max(...all)] as const) : null)),
    };
  });
  const file = new URL(`../docs/images/at-length-${name}-${id}.svg`, import.meta.url);
  const seeds = median(methods.map((method) => runs.filter((run) => run.method === method).length));
  const about = `${heading}: mean of ${seeds} seeds, least and greatest`;
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
