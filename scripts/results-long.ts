/**
 * The comparison at length of `docs/results/`: `npm run results:long -- nasbench201 | darts --data DIR --runs DIR
 * [--channels C] [--methods darts,noisy] [--seeds 1,2,3] [--selections perturbation,shrink] [--measure]`. Plain DARTS and
 * NoisyDARTS (lambda = 0.2), three seeds each, or other methods, in one process on one thread. The runs take turns of some
 * epochs, so that unfinished ones compare equals. With `--selections` nothing is searched: of every run that is done, a copy of
 * its supernet is selected from on the same data. The same command goes on where it was stopped, by Ctrl-C or otherwise;
 * `--measure` times steps and stores nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import {
  createSupernet,
  darts,
  fairDarts,
  gaussianNoise,
  gdas,
  nasBench201,
  normalizations,
  pcDarts,
  type SearchOptions,
  type SupernetOptions,
  sdartsRs,
  search,
  split,
} from 'noisydarts';
import {
  describeRun,
  fileStore,
  readCifar10,
  recordRun,
  stopOnInterrupt,
  withProgress,
  writeFileAtomic,
} from 'noisydarts/node';
import { oles, restoreSupernet } from 'noisydarts/search';
import {
  type SelectionEvent,
  type SelectionOptions,
  selectByPerturbation,
  selectByProgressiveShrink,
} from 'noisydarts/selection';
import type { AnySpace } from 'noisydarts/spaces';
import { betaDarts, dartsMinus, sdartsAdv } from 'noisydarts/strategies';
import { enableWasmTraining } from 'noisydarts/wasm';
import { halved } from './halved';

const LAMBDA = 0.2;
const noise = gaussianNoise({ std: LAMBDA });
type Method = Pick<SupernetOptions, 'noise' | 'strategy'> & Pick<SearchOptions, 'policy'>;
/**
 * What can be compared: a strategy, by default plain DARTS's, the noise on skip connections, by default none, and a policy. Laws
 * that change over epochs do so over those of the run.
 */
const METHODS: Readonly<Record<string, (epochs: number) => Method>> = {
  darts: () => ({}),
  noisy: () => ({ noise }),
  'fair-darts': () => ({ strategy: fairDarts() }),
  'pc-darts': () => ({ strategy: pcDarts() }),
  gdas: (epochs) => ({ strategy: gdas({ epochs }) }),
  'sdarts-rs': (epochs) => ({ strategy: sdartsRs({ epochs }) }),
  'beta-darts': () => ({ strategy: betaDarts() }),
  'darts-minus': (epochs) => ({ strategy: dartsMinus({ epochs }) }),
  'sdarts-adv': (epochs) => ({ strategy: sdartsAdv({ epochs }) }),
  oles: () => ({ policy: oles() }),
};
/** What selects beside alpha, from a run that is done. */
const SELECTIONS = { perturbation: selectByPerturbation, shrink: selectByProgressiveShrink };
const CLASSES = 10;
/** Epochs of a run before the next has its turn. */
const TURN = 4;
/** Of an image as it is searched with. */
const NARROW = 16;
const CHANNELS = 3;
/** Validation images that a selection's evaluations take. */
const EVALUATED = 2000;
/** What each experiment is; its channels are chosen by what the machine can do. */
const experiments = {
  nasbench201: { images: 20_000, cells: 3, batchSize: 64, epochs: 64, evaluateEvery: 8, eigenvalueEvery: 4 },
  darts: { images: 2_000, cells: 4, batchSize: 64, epochs: 100, evaluateEvery: 10, eigenvalueEvery: 10 },
} as const;
type ExperimentName = keyof typeof experiments;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    runs: { type: 'string' },
    channels: { type: 'string', default: '4' },
    methods: { type: 'string', default: 'darts,noisy' },
    seeds: { type: 'string', default: '1,2,3' },
    selections: { type: 'string', default: '' },
    measure: { type: 'boolean', default: false },
  },
});
const [name] = positionals as [ExperimentName];
if (!Object.hasOwn(experiments, name ?? '') || !values.data || !(values.runs || values.measure)) {
  throw new Error(
    `results:long: an experiment (${Object.keys(experiments).join(', ')}), --data and --runs are needed, got ${process.argv.slice(2).join(' ')}; name them`,
  );
}
const methods = values.methods.split(',');
const seeds = values.seeds.split(',').map(Number);
if (!methods.every((method) => Object.hasOwn(METHODS, method)) || !seeds.every(Number.isSafeInteger))
  throw new Error(
    `results:long: methods are ${Object.keys(METHODS).join(', ')} and seeds whole numbers, got '${values.methods}' and '${values.seeds}'; name them with commas between`,
  );
const selections = values.selections.split(',').filter((by) => by !== '') as (keyof typeof SELECTIONS)[];
if (!selections.every((by) => Object.hasOwn(SELECTIONS, by)))
  throw new Error(
    `results:long: selections are ${Object.keys(SELECTIONS).join(', ')}, got '${values.selections}'; name them with commas between`,
  );
const experiment = experiments[name];
const channels = Number(values.channels);

await tf.setBackend('wasm');
await enableWasmTraining();
const [train, valid] = split(await halved(await readCifar10(values.data, { limit: experiment.images })));
const interrupt = stopOnInterrupt();

/** Epochs that a run has recorded. */
function epochsDone(folder: string): number {
  const file = join(folder, 'history.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).epochs.length : 0;
}

const space = name === 'nasbench201' ? nasBench201() : darts();
const folderOf = (method: string, seed: number) => join(values.runs!, name, `${method}-${seed}`);

function makeSupernet(method: string, seed: number) {
  const { policy: _, ...ofSupernet } = METHODS[method]!(experiment.epochs);
  return createSupernet({
    space,
    noise: null,
    ...ofSupernet,
    channels,
    cells: experiment.cells,
    classes: CLASSES,
    seed,
    inputShape: [NARROW, NARROW, CHANNELS],
  } as SupernetOptions);
}

/** What searches and selections have in common. */
const common = (seed: number) => ({
  train,
  valid,
  batchSize: experiment.batchSize,
  seed,
  augment: { crop: { padding: 2 }, flip: true, normalize: normalizations.cifar10 },
  alpha: { learningRate: 3e-4, betas: [0.5, 0.999] as const, weightDecay: 1e-3 },
});

/** A selection of a run that is done, once. */
async function selectFrom(method: string, seed: number, by: keyof typeof SELECTIONS): Promise<void> {
  const folder = folderOf(method, seed);
  const file = join(folder, `selection-${by}.json`);
  if (existsSync(file)) return;
  if (epochsDone(folder) < experiment.epochs)
    return console.log(
      `${method}-${seed}: ${epochsDone(folder)} of ${experiment.epochs} epochs, not selected from`,
    );
  const supernet = makeSupernet(method, seed);
  restoreSupernet(supernet, (await fileStore(join(folder, 'checkpoint')).load())!);
  const store = fileStore(join(folder, `selection-${by}`));
  const resume = await store.load();
  const select = SELECTIONS[by] as (options: SelectionOptions) => AsyncGenerator<SelectionEvent<AnySpace>>;
  const options = {
    ...common(seed),
    supernet,
    images: Math.min(EVALUATED, valid.size),
    // One pass over the training images.
    tuneSteps: Math.ceil(train.size / experiment.batchSize),
    checkpoint: { store },
    signal: interrupt.signal,
    ...(resume && { resume }),
  };
  for await (const event of withProgress(select(options as SelectionOptions))) {
    if (event.type !== 'done') continue;
    const { genotype, byAlpha, decisions } = event;
    await writeFileAtomic(file, `${JSON.stringify({ by, genotype, byAlpha, decisions }, null, 2)}\n`);
    console.log(`${new Date().toISOString()} ${method}-${seed} selected by ${by}`);
  }
  supernet.dispose();
}

/** A run, from where it stands to the end of an epoch. */
async function run(method: string, seed: number, until: number): Promise<void> {
  const folder = values.measure ? undefined : folderOf(method, seed);
  if (folder && epochsDone(folder) >= until) return;
  const { policy } = METHODS[method]!(experiment.epochs);
  const supernet = makeSupernet(method, seed);
  const store = folder === undefined ? undefined : fileStore(join(folder, 'checkpoint'));
  const stored = await store?.load();
  const { epochs, evaluateEvery, eigenvalueEvery } = experiment;
  const turn = new AbortController();
  const options: SearchOptions = {
    ...common(seed),
    supernet,
    epochs,
    weights: { learningRate: 0.025, weightDecay: 5e-4, nesterov: name === 'nasbench201' },
    evaluateEvery,
    diagnostics: { every: eigenvalueEvery, eigenvalue: true },
    ...(store && { checkpoint: { store, everyEpochs: 2 } }),
    ...(stored && { resume: stored }),
    ...(policy && { policy }),
    signal: AbortSignal.any([interrupt.signal, turn.signal]),
  };
  // What the thread computed, which other programs on the machine do not change.
  const now = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  let since = now();
  const times: number[] = [];
  const events = search(options);
  const recorded = folder ? recordRun(events, { folder, space, settings: describeRun(options) }) : events;
  for await (const event of recorded) {
    if (event.type === 'step') {
      times.push(now() - since);
      since = now();
      if (values.measure && times.length === 13) break;
    }
    if (event.type === 'epoch') {
      if (event.epoch + 1 >= until) turn.abort();
      console.log(`${new Date().toISOString()} ${method}-${seed} epoch ${event.epoch + 1} of ${epochs}`);
    }
    // On a backend that never waits for a device, nothing else would let signals through.
    await setImmediate();
  }
  if (values.measure) {
    const middle = times.slice(3).sort((a, b) => a - b)[5]!;
    console.log(`${name}, ${method}, ${channels} channels: ${middle.toFixed(0)} ms computed a pair of steps`);
  }
  supernet.dispose();
}

const turns = values.measure ? 1 : selections.length > 0 ? 0 : Math.ceil(experiment.epochs / TURN);
for (let turn = 1; turn <= turns; turn++) {
  for (const seed of values.measure ? seeds.slice(0, 1) : seeds) {
    for (const method of methods) {
      if (!interrupt.signal.aborted) await run(method, seed, turn * TURN);
    }
  }
}
for (const by of selections)
  for (const seed of seeds)
    for (const method of methods) if (!interrupt.signal.aborted) await selectFrom(method, seed, by);
// As a shell has it for a program that Ctrl-C ended, so that a list of commands ends there too.
if (interrupt.signal.aborted) process.exitCode = 130;
interrupt.dispose();
