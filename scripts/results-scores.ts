/**
 * What scores without training say of NAS-Bench-201: `npm run results:scores -- --data CIFAR10 --table FILE --runs FOLDER
 * [--cells 500]`. Every score of random cells at the start of training, its rank correlation (Spearman, Kendall) with the
 * table's test accuracies, and the seconds it takes. Cells that are done are kept in the folder; the same command goes on.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import cliProgress from 'cli-progress';
import { nasBench201, normalizations } from 'noisydarts';
import { nasBench201ToString, randomGenotype } from 'noisydarts/genotype';
import { createNetwork } from 'noisydarts/network';
import { readCifar10, readNasBench201Table, stopOnInterrupt } from 'noisydarts/node';
import { jacobianCovariance, naswot, synflow, zico } from 'noisydarts/scores';
import { enableWasmTraining } from 'noisydarts/wasm';

const COLUMNS = ['c10_test', 'c100_test', 'in16_test'] as const;
const EXAMPLES = 64;
/** Of the benchmark's sixteen channels; one cell a stage keeps synflow within float32. */
const SIZE = { channels: 16, cells: 1, classes: 10, inputShape: [32, 32, 3] as [number, number, number] };

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    table: { type: 'string' },
    runs: { type: 'string' },
    cells: { type: 'string', default: '500' },
  },
});
const { data, table: tablePath, runs } = values;
if (!(data && tablePath && runs)) {
  throw new Error(
    `results:scores: --data, --table and --runs are needed, got ${process.argv.slice(2).join(' ')}; name them`,
  );
}

await tf.setBackend('wasm');
await enableWasmTraining();
const table = await readNasBench201Table(tablePath, COLUMNS);

/** The first examples of CIFAR-10, normalised, in two batches. */
async function batchesOf(folder: string) {
  const images = await readCifar10(folder, { limit: 2 * EXAMPLES });
  const { mean, std } = normalizations.cifar10;
  return Promise.all(
    [0, 1].map(async (batch) => {
      const read = await images.read(Array.from({ length: EXAMPLES }, (_, i) => batch * EXAMPLES + i));
      const x = read.images.map((value, i) => (value - mean[i % 3]!) / std[i % 3]!);
      return { x: tf.tensor4d(x, [EXAMPLES, 32, 32, 3]), y: tf.tensor1d(read.labels, 'int32') };
    }),
  );
}

const batches = await batchesOf(data);
const { x } = batches[0]!;
const scores = {
  synflow: async (model: ReturnType<typeof createNetwork>) => Math.log(await synflow(model)),
  jacobianCovariance: (model: ReturnType<typeof createNetwork>) => jacobianCovariance(model, { x }),
  zico: (model: ReturnType<typeof createNetwork>) => zico(model, { batches }),
  naswot: (model: ReturnType<typeof createNetwork>) => naswot(model, { x }),
};
type Score = keyof typeof scores;
const names = Object.keys(scores) as Score[];

/** A cell with its scores, null where one is not finite, and the seconds each took. */
interface Row {
  readonly cell: string;
  readonly scores: Readonly<Record<Score, number | null>>;
  readonly seconds: Readonly<Record<Score, number>>;
}

mkdirSync(runs, { recursive: true });
const file = join(runs, 'scores.jsonl');
const done: Row[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];

/** Different cells, drawn in the same order every time. */
const cells = new Map<string, ReturnType<typeof randomGenotype<ReturnType<typeof nasBench201>>>>();
for (let seed = 0; cells.size < Number(values.cells); seed++) {
  const cell = randomGenotype(nasBench201(), seed);
  cells.set(nasBench201ToString(cell), cell);
}

const interrupt = stopOnInterrupt();
const bar = new cliProgress.SingleBar({ format: 'cells {bar} {value}/{total}, {eta_formatted} left' });
bar.start(cells.size, done.length);
for (const [text, cell] of [...cells].slice(done.length)) {
  if (interrupt.signal.aborted) break;
  const [values, seconds] = [{} as Record<Score, number>, {} as Record<Score, number>];
  for (const name of names) {
    const model = createNetwork(cell, SIZE);
    const start = performance.now();
    values[name] = await scores[name](model);
    seconds[name] = (performance.now() - start) / 1000;
    tf.dispose(model.weights.map((weight) => weight.read()));
  }
  const row = { cell: text, scores: values, seconds } as Row;
  appendFileSync(file, `${JSON.stringify(row)}\n`);
  done.push(row);
  bar.update(done.length);
  // Lets an interrupt through.
  await setImmediate();
}
bar.stop();
interrupt.dispose();

/** Ranks from 1, equals sharing the mean of theirs. */
function ranks(numbers: readonly number[]): number[] {
  const order = numbers.map((_, i) => i).sort((a, b) => numbers[a]! - numbers[b]!);
  const result = new Array<number>(numbers.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && numbers[order[to]!] === numbers[order[from]!]) to++;
    for (let i = from; i < to; i++) result[order[i]!] = (from + to + 1) / 2;
    from = to;
  }
  return result;
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [a, b].map((list) => list.reduce((sum, v) => sum + v, 0) / list.length) as [
    number,
    number,
  ];
  const sum = (f: (i: number) => number) => a.reduce((all, _, i) => all + f(i), 0);
  const [ab, aa, bb] = [
    sum((i) => (a[i]! - meanA) * (b[i]! - meanB)),
    sum((i) => (a[i]! - meanA) ** 2),
    sum((i) => (b[i]! - meanB) ** 2),
  ];
  return ab / Math.sqrt(aa * bb);
}

/** Kendall's tau-b. */
function kendall(a: readonly number[], b: readonly number[]): number {
  let [agree, tiesA, tiesB, pairs] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [da, db] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
      agree += da * db;
      tiesA += da === 0 ? 1 : 0;
      tiesB += db === 0 ? 1 : 0;
      pairs++;
    }
  }
  return agree / Math.sqrt((pairs - tiesA) * (pairs - tiesB));
}

const LOWEST = -Number.MAX_VALUE;
console.log(`${done.length} cells; Spearman / Kendall with the test accuracy`);
for (const name of names) {
  // What is not finite, which JSON writes as null, is below everything else.
  const given = done.map(({ scores: { [name]: score } }) => (Number.isFinite(score) ? score! : LOWEST));
  const told = COLUMNS.map((column) => {
    const truth = done.map(({ cell }) => table.lookup(cells.get(cell)!, column).value);
    return `${column} ${pearson(ranks(given), ranks(truth)).toFixed(2)} / ${kendall(given, truth).toFixed(2)}`;
  });
  const seconds = done.map((row) => row.seconds[name]).sort((a, b) => a - b)[done.length >> 1]!;
  console.log(`${name}: ${told.join(', ')}; ${seconds.toFixed(2)} s a cell (median)`);
}
