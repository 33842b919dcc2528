/**
 * Searches under limits on the latency, beside networks made smaller by taking channels away: `npm run --silent
 * results:limits -- RUNS [--seeds 3] [--minutes 30] [--measure]`, on the digits, in NAS-Bench-201. Draws
 * `docs/images/limits.svg` and prints the table of `docs/devices.md`.
 *
 * Started again it goes on behind the last search or training that it has finished; after the minutes it begins no other and
 * ends with status 3. All networks are measured at the end, in turn; `--measure` does that anew, and nothing else.
 *
 * Why NAS-Bench-201: what its networks have besides operations is little. On 8x8 digits the cheapest network of the DARTS
 * space takes 40 % and more of what a search without a limit finds (two ways into every cell, sums, concatenations), so that
 * no limit of 35 % could be kept there.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { scaleLinear } from 'd3-scale';
import { createSupernet, gaussianNoise, nasBench201, search, split, weightVariables } from 'noisydarts';
import { useBackend } from 'noisydarts/cli';
import {
  costRange,
  type LatencyTable,
  latency,
  measureCosts,
  measureModels,
  predictCost,
} from 'noisydarts/costs';
import { divideDigits, measureNormalization } from 'noisydarts/data';
import { type NasBench201Cell, nasBench201ToString } from 'noisydarts/genotype';
import { stateVariables } from 'noisydarts/layers';
import { createNetwork, evaluateNetwork, putWeights, trainNetwork } from 'noisydarts/network';
import { readDigits } from 'noisydarts/node';
import { stream } from 'noisydarts/random';
import { disableWasmTraining } from 'noisydarts/wasm';
import { makeFolder } from '../src/node/make-folder';

const SHARES = [1, 0.7, 0.5, 0.35];
const CHANNELS = [16, 12, 8, 5];
const CELLS = 4;
const SEARCH = { channels: 4, cells: 1, epochs: 20 };
/**
 * Of the budget, in the second half of the search. All edges of a cell are kept, so that the mixture costs more than what it
 * decodes to: at weights of 1 and 0.1 alpha went to `none` on every edge, and what was found learnt nothing. So little leaves
 * alpha its order, and where what it decodes to misses the limit the best genotype under it is taken.
 */
const WEIGHT = 0.01;
const EPOCHS = 12;
const BATCH = 64;
/** Of the two measurings, in seconds. */
const SECONDS = 60;
const OUT_OF_TIME = 3;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '30' },
    measure: { type: 'boolean', default: false },
  },
});
const [runs] = positionals;
const [seeds, minutes] = [Number(values.seeds), Number(values.minutes)];
if (!runs || !(seeds > 0) || !(minutes > 0))
  throw new Error(
    `results:limits: a folder is needed, with seeds and minutes above 0, got '${runs}', ${values.seeds} and ${values.minutes}; pass RUNS --seeds 3 --minutes 30`,
  );
await makeFolder(runs);

/** What a file of the runs holds, made if it is not there yet. */
async function kept<T>(name: string, make: () => Promise<T>): Promise<T> {
  const file = join(runs!, `${name}.json`);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as T;
  if (performance.now() > 60_000 * minutes) {
    console.error(`${minutes} minutes are over before ${name}; go on with the same command`);
    exit(OUT_OF_TIME);
  }
  const made = await make();
  await writeFile(file, JSON.stringify(made));
  console.error(name, new Date().toISOString().slice(11, 19));
  return made;
}

const digits = divideDigits(
  await readDigits(fileURLToPath(new URL('../examples/data/digits.bin', import.meta.url))),
);
const normalize = await measureNormalization(digits.train);
const space = nasBench201();
const inputShape: [number, number, number] = [8, 8, 1];
const sizes = { channels: CHANNELS[0]!, cells: CELLS, classes: 10, inputShape };
const make = (cell: NasBench201Cell, channels: number, seed = 0) =>
  createNetwork(cell, { ...sizes, channels, seed });
const free = (network: LayersModel) => tf.dispose([...weightVariables(network), ...stateVariables(network)]);
/** A name for files: a network that two ways lead to is trained and measured once. */
const nameOf = (cell: NasBench201Cell, channels: number) =>
  `${channels}-${nasBench201ToString(cell).replace(/\W+/g, '-')}`;

// As where a network is used: without this library's kernels, which search and training have.
await useBackend({ backend: 'wasm', fast: false });
const table = await kept<LatencyTable>('latency', () => measureCosts(space, { ...sizes, seconds: SECONDS }));
await useBackend({ backend: 'wasm', fast: true });

function searched(seed: number, name: string, limit: number): Promise<NasBench201Cell> {
  return kept(`search-${seed}-${name}`, async () => {
    const [train, valid] = split(digits.train, { shuffle: stream(seed, 'split') });
    const supernet = createSupernet({
      space,
      noise: gaussianNoise({ std: 0.2 }),
      channels: SEARCH.channels,
      cells: SEARCH.cells,
      classes: 10,
      seed,
      inputShape,
    });
    try {
      const events = search({
        supernet,
        train,
        valid,
        epochs: SEARCH.epochs,
        batchSize: BATCH,
        seed,
        augment: { normalize },
        alpha: { learningRate: 0.01 },
        budget: latency(table, { limit, weight: WEIGHT, schedule: { from: SEARCH.epochs / 2 } }),
      });
      for await (const event of events) if (event.type === 'done') return event.genotype as NasBench201Cell;
      throw new Error('results:limits: a search ended before its end');
    } finally {
      supernet.dispose();
    }
  });
}

function trained(cell: NasBench201Cell, channels: number, seed: number): Promise<number> {
  return kept(`train-${seed}-${nameOf(cell, channels)}`, async () => {
    const network = make(cell, channels, seed);
    const augment = { crop: { padding: 1 }, normalize };
    try {
      const events = trainNetwork({
        network,
        train: digits.train,
        epochs: EPOCHS,
        batchSize: BATCH,
        augment,
        seed,
      });
      for await (const event of events) if (event.type === 'done') putWeights(network, event.best.weights);
      return (await evaluateNetwork(network, digits.test, { normalize })).top1;
    } finally {
      free(network);
    }
  });
}

interface Row {
  readonly way: 'limit' | 'channels';
  readonly label: string;
  readonly seed: number;
  readonly cell: NasBench201Cell;
  readonly channels: number;
  /** Of the latency of the seed's network without a limit; of networks with fewer channels nothing is asked. */
  readonly share?: number;
  readonly top1: number;
}

const rows: Row[] = [];
const unlimited: NasBench201Cell[] = [];
const { least } = costRange(table);
for (let seed = 0; seed < seeds; seed++) {
  const whole = await searched(seed, 'unlimited', Number.POSITIVE_INFINITY);
  unlimited.push(whole);
  const most = predictCost(table as never, whole as never);
  for (const share of SHARES) {
    const label = `${100 * share} %`;
    if (share * most < least) {
      console.error(`seed ${seed}, ${label}: the cheapest network takes ${(100 * least) / most} %`);
      continue;
    }
    const cell = await searched(seed, `limit-${100 * share}`, share * most);
    const top1 = await trained(cell, CHANNELS[0]!, seed);
    rows.push({ way: 'limit', label, seed, cell, channels: CHANNELS[0]!, share, top1 });
  }
  for (const channels of CHANNELS) {
    const top1 = await trained(whole, channels, seed);
    rows.push({ way: 'channels', label: `${channels} channels`, seed, cell: whole, channels, top1 });
  }
}

disableWasmTraining();
const networks = new Map(rows.map(({ cell, channels }) => [nameOf(cell, channels), { cell, channels }]));
const measure = async () => {
  const models = [...networks.values()].map(({ cell, channels }) => make(cell, channels));
  const known = await measureModels(models, { seconds: SECONDS });
  models.forEach(free);
  return Object.fromEntries([...networks.keys()].map((name, i) => [name, known[i]!] as const));
};
const measured = values.measure ? await measure() : await kept('measured', measure);
if (values.measure) await writeFile(join(runs, 'measured.json'), JSON.stringify(measured));
const msOf = (cell: NasBench201Cell, channels: number) => measured[nameOf(cell, channels)]!.ms;

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const dots = rows.map((row) => {
  const whole = unlimited[row.seed]!;
  const predicted = (cell: NasBench201Cell) => predictCost(table as never, cell as never);
  const ms = msOf(row.cell, row.channels);
  return {
    ...row,
    ms,
    ofWhole: ms / msOf(whole, CHANNELS[0]!),
    predicted: row.share === undefined ? undefined : predicted(row.cell) / predicted(whole),
  };
});
const errors = Object.values(measured).map(({ error, ms }) => error / ms);
const { backend, device, runtime, tfjs } = Object.values(measured)[0]!;
console.log(
  `${backend} on ${device}, ${runtime}, tfjs ${tfjs}; standard error of the measured latencies at most ${(100 * Math.max(...errors)).toFixed(1)} %. ` +
    `The cheapest network of the space takes ${unlimited.map((cell) => percent(least / predictCost(table as never, cell as never))).join(', ')} of those without a limit, by the table.\n`,
);
console.log('| network | seed | predicted, of the unlimited | measured | measured, ms | test accuracy, % |');
console.log('| ------- | ---- | --------------------------- | -------- | ------------ | ---------------- |');
for (const { label, seed, predicted, ofWhole, ms, top1 } of dots) {
  const told = predicted === undefined ? '' : percent(predicted);
  console.log(
    `| ${label} | ${seed} | ${told} | ${percent(ofWhole)} | ${ms.toFixed(2)} | ${top1.toFixed(1)} |`,
  );
}
const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const means = [...new Set(dots.map(({ label }) => label))].map((label) => {
  const these = dots.filter((dot) => dot.label === label);
  return {
    way: these[0]!.way,
    label,
    ofWhole: mean(these.map(({ ofWhole }) => ofWhole)),
    ms: mean(these.map(({ ms }) => ms)),
    top1: mean(these.map(({ top1 }) => top1)),
  };
});
for (const { label, ofWhole, ms, top1 } of means)
  console.log(`| **${label}** | mean | | ${percent(ofWhole)} | ${ms.toFixed(2)} | ${top1.toFixed(1)} |`);
const limited = dots.filter(({ share }) => share !== undefined);
const within = limited.filter(({ share, ofWhole }) => ofWhole <= 1.1 * share!);
console.log(
  `\n${within.length} of ${limited.length} networks measured are within 10 % of their limit or below.`,
);

const SIZE = { width: 640, height: 320, left: 56, right: 20, top: 44, bottom: 44 };
const tops = dots.map(({ top1 }) => top1);
const x = scaleLinear(
  [0, Math.max(...dots.map(({ ofWhole }) => 100 * ofWhole))],
  [SIZE.left, SIZE.width - SIZE.right],
).nice();
const y = scaleLinear([Math.min(...tops), Math.max(...tops)], [SIZE.height - SIZE.bottom, SIZE.top]).nice();
const ways = [
  ['limit', 'searched under a limit'],
  ['channels', 'channels taken away'],
] as const;
/** The curve of the means; that of the channels begins at the networks without a limit. */
const curve = (way: Row['way']) =>
  means
    .filter((one) => one.way === way)
    .map(
      ({ ofWhole, top1 }, i) => `${i === 0 ? 'M' : 'L'}${x(100 * ofWhole).toFixed(1)} ${y(top1).toFixed(1)}`,
    )
    .join('');
const svg = [
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" width="${SIZE.width}" height="${SIZE.height}" role="img" aria-label="Test accuracy over measured latency: searched under limits, and with fewer channels">`,
  `<style>
text { font: 12px system-ui, sans-serif; fill: #1f2937 }
.grid { stroke: #8884; fill: none }
.curve { fill: none; stroke-width: 2 }
.dot { fill-opacity: 0.55; stroke: none }
.limit { fill: #2563eb; stroke: #2563eb }
.channels { fill: #d97706; stroke: #d97706 }
@media (prefers-color-scheme: dark) { text { fill: #e6eaf0 } .limit { fill: #5b9bff; stroke: #5b9bff } .channels { fill: #f5a742; stroke: #f5a742 } }
</style>`,
  ...y
    .ticks(5)
    .flatMap((tick) => [
      `<path class="grid" d="M${SIZE.left} ${y(tick)}H${SIZE.width - SIZE.right}"/>`,
      `<text x="${SIZE.left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
    ]),
  ...x
    .ticks(6)
    .map(
      (tick) =>
        `<text x="${x(tick)}" y="${SIZE.height - SIZE.bottom + 18}" text-anchor="middle">${tick}</text>`,
    ),
  `<text x="${SIZE.width - SIZE.right}" y="${SIZE.height - 8}" text-anchor="end">measured latency, % of the network without a limit</text>`,
  `<text x="8" y="16">test accuracy, %</text>`,
  ...ways.flatMap(([way, label], i) => [
    `<g class="${way}"><path class="curve" d="${curve(way)}"/>`,
    ...dots
      .filter((dot) => dot.way === way)
      .map(
        ({ ofWhole, top1 }) =>
          `<circle class="dot" cx="${x(100 * ofWhole).toFixed(1)}" cy="${y(top1).toFixed(1)}" r="4"/>`,
      ),
    `<circle class="dot" cx="${180 + 200 * i}" cy="12" r="5"/></g><text x="${190 + 200 * i}" y="16">${label}</text>`,
  ]),
  '</svg>',
  '',
].join('\n');
await writeFile(fileURLToPath(new URL('../docs/images/limits.svg', import.meta.url)), svg);
