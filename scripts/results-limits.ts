/**
 * Searches under limits on the latency, beside networks made smaller by taking channels away: `npm run --silent
 * results:limits -- RUNS [SEEDS]`, on the digits. Draws `docs/images/limits.svg` and prints the table of `docs/devices.md`.
 * Started again it goes on behind the last search, training or measurement that it has finished.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { scaleLinear } from 'd3-scale';
import { createSupernet, darts, gaussianNoise, search, split, weightVariables } from 'noisydarts';
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
import type { Genotype } from 'noisydarts/genotype';
import { stateVariables } from 'noisydarts/layers';
import { createNetwork, evaluateNetwork, putWeights, trainNetwork } from 'noisydarts/network';
import { readDigits } from 'noisydarts/node';
import { stream } from 'noisydarts/random';
import { disableWasmTraining } from 'noisydarts/wasm';
import { makeFolder } from '../src/node/make-folder';

const SHARES = [1, 0.7, 0.5, 0.35];
const CHANNELS = [12, 9, 6, 4];
const CELLS = 5;
const SEARCH = { channels: 4, cells: 3, epochs: 20 };
const EPOCHS = 20;
const BATCH = 64;

const [runs, count = '3'] = argv.slice(2);
if (!runs || !(Number(count) > 0))
  throw new Error('results:limits: a folder is needed and a number of seeds, got fewer; pass RUNS 3');
await makeFolder(runs);

/** What a file of the runs holds, made if it is not there yet. */
async function kept<T>(name: string, make: () => Promise<T>): Promise<T> {
  const file = join(runs!, `${name}.json`);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as T;
  const made = await make();
  await writeFile(file, JSON.stringify(made));
  console.error(name, new Date().toISOString().slice(11, 19));
  return made;
}

const digits = divideDigits(
  await readDigits(fileURLToPath(new URL('../examples/data/digits.bin', import.meta.url))),
);
const normalize = await measureNormalization(digits.train);
const space = darts();
const inputShape: [number, number, number] = [8, 8, 1];
const sizes = {
  channels: CHANNELS[0]!,
  cells: CELLS,
  classes: 10,
  inputShape,
};
const make = (genotype: Genotype, channels: number, seed: number) =>
  createNetwork(genotype, { ...sizes, channels, seed, auxiliary: false });
const free = (network: LayersModel) => tf.dispose([...weightVariables(network), ...stateVariables(network)]);

// As where a network is used: without this library's kernels, which search and training have.
await useBackend({ backend: 'wasm', fast: false });
const table = await kept<LatencyTable>('latency', () => measureCosts(space, { ...sizes, seconds: 60 }));
await useBackend({ backend: 'wasm', fast: true });

function searched(seed: number, name: string, limit: number): Promise<Genotype> {
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
        budget: latency(table, { limit, schedule: { from: SEARCH.epochs / 4 } }),
      });
      for await (const event of events) if (event.type === 'done') return event.genotype as Genotype;
      throw new Error('results:limits: a search ended before its end');
    } finally {
      supernet.dispose();
    }
  });
}

function trained(name: string, genotype: Genotype, channels: number, seed: number): Promise<number> {
  return kept(`train-${seed}-${name}`, async () => {
    const network = make(genotype, channels, seed);
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
  readonly genotype: Genotype;
  readonly channels: number;
  /** In ms; of networks with fewer channels nothing is predicted. */
  readonly limit?: number;
  readonly top1: number;
}

const rows: Row[] = [];
const { least } = costRange(table);
for (let seed = 0; seed < Number(count); seed++) {
  const whole = await searched(seed, 'unlimited', Number.POSITIVE_INFINITY);
  for (const share of SHARES) {
    const limit = share * predictCost(table, whole);
    const label = `${100 * share} %`;
    if (limit < least) {
      console.error(`seed ${seed}, ${label}: no network of the space takes ${limit.toFixed(2)} ms`);
      continue;
    }
    const genotype = share === 1 ? whole : await searched(seed, `limit-${100 * share}`, limit);
    const top1 = await trained(`limit-${100 * share}`, genotype, CHANNELS[0]!, seed);
    rows.push({ way: 'limit', label, seed, genotype, channels: CHANNELS[0]!, limit, top1 });
  }
  for (const channels of CHANNELS.slice(1)) {
    const top1 = await trained(`channels-${channels}`, whole, channels, seed);
    rows.push({ way: 'channels', label: `${channels} channels`, seed, genotype: whole, channels, top1 });
  }
}

disableWasmTraining();
const measured = await kept('measured', async () => {
  const networks = rows.map(({ genotype, channels, seed }) => make(genotype, channels, seed));
  const known = await measureModels(networks, { seconds: 90 });
  networks.forEach(free);
  return known.map((one) => one!.ms);
});

const dots = rows.map((row, i) => ({ ...row, ms: measured[i]! }));
console.log('| network | seed | limit, ms | predicted, ms | measured, ms | test accuracy, % |');
console.log('| ------- | ---- | --------- | ------------- | ------------ | ---------------- |');
for (const { label, seed, limit, genotype, ms, top1 } of dots) {
  const told = limit === undefined ? [' ', ' '] : [limit.toFixed(2), predictCost(table, genotype).toFixed(2)];
  console.log(`| ${label} | ${seed} | ${told.join(' | ')} | ${ms.toFixed(2)} | ${top1.toFixed(1)} |`);
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const means = [...new Set(dots.map(({ label }) => label))].map((label) => {
  const these = dots.filter((dot) => dot.label === label);
  return {
    way: these[0]!.way,
    label,
    ms: mean(these.map(({ ms }) => ms)),
    top1: mean(these.map(({ top1 }) => top1)),
  };
});
for (const { label, ms, top1 } of means)
  console.log(`| **${label}** | mean | | | ${ms.toFixed(2)} | ${top1.toFixed(1)} |`);
const kept100 = dots.filter(({ limit, ms }) => limit !== undefined && ms <= 1.1 * limit).length;
console.log(
  `\n${kept100} of ${dots.filter(({ limit }) => limit !== undefined).length} measured networks are within 10 % of their limit or below.`,
);

const SIZE = { width: 640, height: 320, left: 56, right: 20, top: 44, bottom: 44 };
const tops = dots.map(({ top1 }) => top1);
const x = scaleLinear([0, Math.max(...measured)], [SIZE.left, SIZE.width - SIZE.right]).nice();
const y = scaleLinear([Math.min(...tops), Math.max(...tops)], [SIZE.height - SIZE.bottom, SIZE.top]).nice();
const ways = [
  ['limit', 'searched under a limit'],
  ['channels', 'channels taken away'],
] as const;
/** The curve of the means; both begin at the network that nothing was taken from. */
const curve = (way: Row['way']) =>
  [means[0]!, ...means.slice(1).filter((one) => one.way === way)]
    .map(({ ms, top1 }, i) => `${i === 0 ? 'M' : 'L'}${x(ms).toFixed(1)} ${y(top1).toFixed(1)}`)
    .join('');
const svg = [
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" width="${SIZE.width}" height="${SIZE.height}" role="img" aria-label="Test accuracy over measured latency: searched under limits, and with fewer channels">`,
  `<style>
text { font: 12px system-ui, sans-serif; fill: #1f2937 }
.grid { stroke: #8884; fill: none }
.curve { fill: none; stroke-width: 2; stroke: var(--c) }
.dot { fill: var(--c); fill-opacity: 0.55 }
.limit { --c: #2563eb }
.channels { --c: #d97706 }
@media (prefers-color-scheme: dark) { text { fill: #e6eaf0 } .limit { --c: #5b9bff } .channels { --c: #f5a742 } }
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
  `<text x="${SIZE.width - SIZE.right}" y="${SIZE.height - 8}" text-anchor="end">measured latency, ms</text>`,
  `<text x="8" y="16">test accuracy, %</text>`,
  ...ways.flatMap(([way, label], i) => [
    `<g class="${way}"><path class="curve" d="${curve(way)}"/>`,
    ...dots
      .filter((dot) => dot.way === way)
      .map(
        ({ ms, top1 }) => `<circle class="dot" cx="${x(ms).toFixed(1)}" cy="${y(top1).toFixed(1)}" r="4"/>`,
      ),
    `<circle class="dot" cx="${180 + 200 * i}" cy="12" r="5"/></g><text x="${190 + 200 * i}" y="16">${label}</text>`,
  ]),
  '</svg>',
  '',
].join('\n');
await writeFile(fileURLToPath(new URL('../docs/images/limits.svg', import.meta.url)), svg);
