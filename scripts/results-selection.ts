/**
 * What a searched supernet stands for, by selection: `npm run results:selection -- --data CIFAR10 --table FILE --runs FOLDER
 * [--seeds 3]`. Plain DARTS is searched in the NAS-Bench-201 space on a few images of CIFAR-10; the supernet it ends with is
 * selected from by alpha, by perturbation and by progressive shrinking, and the cells are looked up. Seeds that are done are
 * kept in the folder; the same command goes on.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import cliProgress from 'cli-progress';
import { createSupernet, memoryStore, nasBench201, normalizations, search, split } from 'noisydarts';
import { nasBench201FromString, nasBench201ToString } from 'noisydarts/genotype';
import { readCifar10, readNasBench201Table, sampleSummary } from 'noisydarts/node';
import { restoreSupernet } from 'noisydarts/search';
import { selectByAlpha, selectByPerturbation, selectByProgressiveShrink } from 'noisydarts/selection';
import { enableWasmTraining } from 'noisydarts/wasm';
import { halved } from './halved';

const COLUMNS = ['c10_test', 'c100_test', 'in16_test'] as const;
const IMAGES = 1280;
const EPOCHS = 40;
const ALPHA_RATE = 0.03;
/** Steps between two rounds: those of five passes over the training images, as in the code of DARTS-PT. */
const TUNE_STEPS = 50;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    table: { type: 'string' },
    runs: { type: 'string' },
    seeds: { type: 'string', default: '3' },
  },
});
const { data, table: tablePath, runs } = values;
if (!(data && tablePath && runs)) {
  throw new Error(
    `results:selection: --data, --table and --runs are needed, got ${process.argv.slice(2).join(' ')}; name them`,
  );
}

await tf.setBackend('wasm');
await enableWasmTraining();
const table = await readNasBench201Table(tablePath, COLUMNS);
const [train, valid] = split(await halved(await readCifar10(data, { limit: IMAGES })));
const space = nasBench201();
const make = (seed: number) =>
  createSupernet({ space, noise: null, channels: 4, cells: 1, classes: 10, seed, inputShape: [16, 16, 3] });

const selections = {
  alpha: selectByAlpha,
  perturbation: selectByPerturbation,
  shrink: selectByProgressiveShrink,
};
type SelectionName = keyof typeof selections;
const names = Object.keys(selections) as SelectionName[];

/** What a seed came to: cells and seconds by selection, and of the search. */
interface Row {
  readonly seed: number;
  readonly seconds: Readonly<Record<SelectionName | 'search', number>>;
  readonly cells: Readonly<Record<SelectionName, string>>;
  /** Edges on which perturbation kept another operation than alpha's. */
  readonly otherEdges: number;
}

const bar = new cliProgress.SingleBar({ format: '{what} {bar} {value}/{total}' });

async function compare(seed: number): Promise<Row> {
  const common = {
    train,
    valid,
    batchSize: 64,
    seed,
    augment: { crop: { padding: 2 }, flip: true, normalize: normalizations.cifar10 },
  };
  const store = memoryStore();
  const searched = make(seed);
  const seconds: Record<string, number> = {};
  let started = performance.now();
  bar.start(EPOCHS, 0, { what: `seed ${seed}, search` });
  for await (const event of search({
    ...common,
    supernet: searched,
    epochs: EPOCHS,
    weights: { learningRate: 0.025 },
    alpha: { learningRate: ALPHA_RATE },
    evaluateEvery: 0,
    checkpoint: { store, everyEpochs: EPOCHS },
  })) {
    if (event.type === 'epoch') bar.update(event.epoch + 1);
    // Lets an interrupt through.
    await setImmediate();
  }
  bar.stop();
  seconds.search = (performance.now() - started) / 1000;
  searched.dispose();
  const cells: Record<string, string> = {};
  let otherEdges = 0;
  for (const name of names) {
    const supernet = make(seed);
    restoreSupernet(supernet, (await store.load())!);
    started = performance.now();
    const own = name === 'alpha' ? {} : { alpha: { learningRate: ALPHA_RATE }, tuneSteps: TUNE_STEPS };
    const select = selections[name] as typeof selectByPerturbation;
    bar.start(1, 0, { what: `seed ${seed}, ${name}` });
    for await (const event of select({ ...common, ...own, supernet })) {
      if ('total' in event && event.total !== null) {
        bar.setTotal(event.total);
        bar.update(event.done);
      }
      if (event.type === 'done') {
        cells[name] = nasBench201ToString(event.genotype);
        for (const decision of event.decisions)
          if (decision.what === 'operation' && decision.kept !== decision.byAlpha) otherEdges += 1;
      }
      await setImmediate();
    }
    bar.stop();
    seconds[name] = (performance.now() - started) / 1000;
    supernet.dispose();
  }
  return { seed, seconds, cells, otherEdges } as Row;
}

mkdirSync(runs, { recursive: true });
const file = join(runs, 'selection.jsonl');
const rows: Row[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];
for (let seed = rows.length + 1; seed <= Number(values.seeds); seed++) {
  const row = await compare(seed);
  appendFileSync(file, `${JSON.stringify(row)}\n`);
  rows.push(row);
}

/** Accuracies, skip connections, operations `none` and seconds. */
function describe(numbers: readonly number[], digits: readonly number[]): string {
  const [c10, c100, in16, skips, none, taken] = numbers.map((value, i) => value.toFixed(digits[i]));
  return `${c10} | ${c100} | ${in16} | skips ${skips} | none ${none} | ${taken} s`;
}

for (const name of names) {
  const told = rows.map(({ seed, cells, seconds }) => {
    const cell = nasBench201FromString(cells[name]);
    const found = COLUMNS.map((column) => table.lookup(cell, column).value);
    const kept = cell.flat().map(([operation]) => operation);
    const count = (operation: string) => kept.filter((other) => other === operation).length;
    const numbers = [...found, count('skip_connect'), count('none'), seconds[name]];
    console.log(`${name}, seed ${seed}: ${describe(numbers, [2, 2, 2, 0, 0, 0])} | ${cells[name]}`);
    return numbers;
  });
  const means = told[0]!.map((_, i) => sampleSummary(told.map((numbers) => numbers[i]!)).mean!);
  console.log(`${name}, mean: ${describe(means, [2, 2, 2, 1, 1, 0])}`);
}
for (const { seed, otherEdges, seconds } of rows)
  console.log(
    `seed ${seed}: ${otherEdges} of 6 edges otherwise by perturbation; search ${seconds.search.toFixed(0)} s`,
  );
