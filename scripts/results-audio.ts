/**
 * Measures the example of spoken digits over three seeds, or as many as told, and writes docs/audio.md:
 * `npm run results:audio -- DATA RUNS [SEEDS]`, the folder of all recordings and one for the runs. Started again it goes on
 * where it stopped.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useBackend } from 'noisydarts/cli';
import { countCost, evaluateNetwork } from 'noisydarts/network';
import { stopOnInterrupt, writeFileAtomic } from 'noisydarts/node';
import {
  type AudioSettings,
  createAudioNetwork,
  defaults,
  findGenotype,
  free,
  trainAudioNetwork,
} from '../examples/audio/find';
import { readSpokenDigits } from '../examples/audio/recordings';
import { makeFolder } from '../src/node/make-folder';

interface Result {
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly recordings: number;
  readonly speaker: number;
  /** Of the processor, for search (of found networks) and training. */
  readonly seconds: number;
}

const NETWORKS = ['found', 'plain'] as const;

const [data, runs, count = '3'] = process.argv.slice(2);
const seeds = Array.from({ length: Number(count) }, (_, seed) => seed);
if (!data || !runs) throw new Error('results:audio: two folders are needed, got fewer; pass DATA and RUNS');
await useBackend({ backend: 'wasm', fast: true });
const { train, recordings, speaker } = await readSpokenDigits(data);
if (!recordings || !speaker)
  throw new Error(
    `results:audio: '${data}' must hold recordings of both tests, got none; pass all recordings`,
  );
const { signal } = stopOnInterrupt();

/** Seconds of the processor so far. */
const clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function measure(seed: number, which: (typeof NETWORKS)[number]): Promise<Result | undefined> {
  const folder = join(runs!, `${which}-${seed}`);
  const file = join(folder, 'result.json');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as Result;
  await makeFolder(folder);
  const settings: AudioSettings = { ...defaults, seed };
  const started = clock();
  const searched = { folder: join(runs!, `found-${seed}`), signal };
  const genotype = await findGenotype(train, settings, searched);
  if (!genotype) return undefined;
  const network = createAudioNetwork(genotype, settings, which);
  try {
    if (!(await trainAudioNetwork(network, train, settings, { folder, signal }))) return undefined;
    const top1 = async (dataset: typeof train) => (await evaluateNetwork(network, dataset)).top1;
    const { parameters, multiplyAdds } = countCost(network).total;
    const result = {
      parameters,
      multiplyAdds,
      recordings: await top1(recordings!),
      speaker: await top1(speaker!),
      seconds: clock() - started,
    };
    await writeFileAtomic(file, `${JSON.stringify(result, null, 1)}\n`);
    console.error(which, seed, result);
    return result;
  } finally {
    free(network);
  }
}

const all: { readonly seed: number; readonly which: string; readonly result: Result }[] = [];
for (const seed of seeds) {
  for (const which of NETWORKS) {
    const result = await measure(seed, which);
    if (!result) {
      console.error('Stopped; start it again to go on.');
      process.exit(130);
    }
    all.push({ seed, which, result });
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** From the least to the most. */
const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
const of = (which: string, field: keyof Result) =>
  all.filter((one) => one.which === which).map(({ result }) => result[field]);
const row = (label: string, seed: string, read: (field: keyof Result) => number) =>
  `| ${label} | ${seed} | ${Math.round(read('parameters')).toLocaleString('en')} | ${(read('multiplyAdds') / 1e6).toFixed(2)} M | ${read('recordings').toFixed(1)} | ${read('speaker').toFixed(1)} | ${(read('seconds') / 60).toFixed(1)} |`;

const rows = [
  ...all.map(({ seed, which, result }) => row(which, String(seed), (field) => result[field])),
  ...NETWORKS.map((which) => row(`**${which}**`, 'mean', (field) => mean(of(which, field)))),
  ...NETWORKS.map((which) => row(which, 'spread', (field) => spread(of(which, field)))),
];
/** Which of the two is ahead in a test on average, and by how much. */
const ahead = (test: 'recordings' | 'speaker') => {
  const difference = mean(of('found', test)) - mean(of('plain', test));
  return `the ${difference >= 0 ? 'found' : 'plain'} network is ahead by ${Math.abs(difference).toFixed(1)} points`;
};
const { searchEpochs, epochs, channels, searchChannels, cells, batch } = defaults;
await writeFileAtomic(
  fileURLToPath(new URL('../docs/audio.md', import.meta.url)),
  `# Spoken digits

\`npm run audio\` searches a network for spoken digits, trains it, tests it, and serves a page that names what a microphone hears or a recording holds. It comes with 40 recordings, enough to see it work; \`--data DIR\` takes a folder of all 3,000 of the Free Spoken Digit Dataset, named \`7_speaker1_05.wav\`.

A recording is 64 points of 32 mel bands, a signal [64, 32]. The search is one in \`darts1d()\` ([signals.md](signals.md)) with the paper's noise, ${searchEpochs} epochs with ${cells} cells of ${searchChannels} channels; the network of its genotype, ${cells} cells of ${channels} channels, trains for ${epochs} epochs of batches of ${batch}. Beside it a plain network of as many parameters, convolutions of length 3 one after the other, trains alike.

Of 3,000 recordings by six speakers search and training hear ${train.size.toLocaleString('en')}. The tests are ${recordings.size} other recordings of the same speakers, and all ${speaker.size} of a sixth speaker. \`npm run results:audio -- DATA RUNS\` wrote this table:

| network | seed | parameters | multiply-adds | recordings not heard, % | speaker not heard, % | CPU minutes |
| ------- | ---- | ---------- | ------------- | ----------------------- | -------------------- | ----------- |
${rows.join('\n')}

On recordings not heard ${ahead('recordings')} on average, on the speaker not heard ${ahead('speaker')}; the spread is from the least to the most of the seeds. CPU minutes are those of one process on the wasm backend with the training kernels; a found network's include its search, a plain one's are its training alone.
`,
);
