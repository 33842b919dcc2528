import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import {
  createCommand,
  makeRunFolder,
  makeSite,
  removeIfEmpty,
  STOPPED,
  serveFolder,
  shared,
  stopAfterStep,
  UsageError,
  useBackend,
  whole,
} from 'noisydarts/cli';
import { drawGenotype } from 'noisydarts/genotype';
import { countCost, evaluateNetwork, toStandardLayers } from 'noisydarts/network';
import { saveModel, writeFileAtomic } from 'noisydarts/node';
import { buildPage } from '../../scripts/build-pages';
import {
  type AudioSettings,
  createAudioNetwork,
  defaults,
  findGenotype,
  free,
  quick,
  trainAudioNetwork,
} from './find';
import { readSpokenDigits, shipped } from './recordings';

interface AudioRequest extends Partial<AudioSettings> {
  readonly seed: number;
  readonly data?: string;
  readonly backend: 'wasm' | 'cpu';
  readonly fast: boolean;
  readonly runs: string;
  readonly name?: string;
  readonly resume?: string;
  readonly port: number;
  readonly host: string;
  readonly buildOnly?: true;
}

/** The request of a stopped run, or this one; a finished search or training in its folder is not done again. */
async function requestOf(given: AudioRequest): Promise<AudioRequest> {
  if (given.resume === undefined) return given;
  const file = join(given.runs, given.resume, 'settings.json');
  const settings = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(
      `--resume: '${file}' cannot be read, got ${error.message}; name a run that was begun`,
      {
        cause: error,
      },
    );
  });
  return { ...given, ...JSON.parse(settings) };
}

/** Searches, trains, tests, and leaves everything in a folder, the page included. */
export async function runAudio(given: AudioRequest): Promise<void> {
  const { runs, name, resume, port, host, buildOnly, ...own } = await requestOf(given);
  const settings = { ...(own.data === undefined ? quick : defaults), ...own };
  const { train, recordings, speaker } = await readSpokenDigits(settings.data ?? shipped);
  await useBackend(settings);
  const folder = resume === undefined ? await makeRunFolder(runs, name, 'audio') : join(runs, resume);
  const write = (file: string, text: string) => writeFileAtomic(join(folder, file), text);
  const interrupt = stopAfterStep();
  const run = { folder, signal: interrupt.signal };
  try {
    await write('settings.json', `${JSON.stringify(settings, null, 2)}\n`);
    console.error(`${folder}: ${train.size} recordings to search and train on`);
    const genotype = await findGenotype(train, settings, run);
    const network = genotype && createAudioNetwork(genotype, settings, 'found');
    try {
      if (!network || !(await trainAudioNetwork(network, train, settings, run))) {
        console.error(`Go on with: npm run audio -- --resume ${folder.split('/').at(-1)}`);
        process.exitCode = STOPPED;
        return;
      }
      await write('genotype.svg', drawGenotype(genotype));
      const standard = toStandardLayers(network);
      await saveModel(standard, join(folder, 'standard'), { classNames: Array.from('0123456789') });
      tf.dispose(standard.weights.map((weight) => weight.read()));
      const { parameters } = countCost(network).total;
      console.log(`Network of ${parameters.toLocaleString('en')} parameters`);
      for (const [what, dataset] of [
        ['recordings not heard', recordings],
        ['a speaker not heard', speaker],
      ] as const) {
        if (!dataset) continue;
        const { top1 } = await evaluateNetwork(network, dataset, { batchSize: settings.batch });
        console.log(`Test accuracy on ${dataset.size} ${what}: ${top1.toFixed(2)} %`);
      }
    } finally {
      if (network) free(network);
    }
  } finally {
    interrupt.dispose();
    await removeIfEmpty(folder);
  }
  const site = resolve(folder, 'site');
  if (!existsSync(join(folder, 'standard', 'model.json'))) return;
  await buildPage('audio', site);
  await makeSite(site, resolve(folder, 'standard'), site);
  console.log(`Page: ${join(folder, 'site')}`);
  if (buildOnly) return;
  console.log(`Serving it on ${(await serveFolder(site, { port, host })).url}`);
}

/** `audio`. */
export function audioCommand(): Command {
  return createCommand(
    'audio',
    'Searches and trains a network for spoken digits, and serves a page that listens.',
  )
    .option(
      '--data <dir>',
      'folder of recordings DIGIT_speakerN_INDEX.wav (default: 40 that come with the examples)',
    )
    .option(
      '--search-epochs <n>',
      `epochs of the search (default: ${quick.searchEpochs}, ${defaults.searchEpochs} with --data)`,
      whole(1),
    )
    .option(
      '--epochs <n>',
      `epochs of the training (default: ${quick.epochs}, ${defaults.epochs} with --data)`,
      whole(1),
    )
    .option(
      '--search-channels <n>',
      `channels of the searched cells (default: ${defaults.searchChannels})`,
      whole(1),
    )
    .option(
      '--channels <n>',
      `channels of the network's first cell (default: ${defaults.channels})`,
      whole(1),
    )
    .option('--cells <n>', `cells (default: ${defaults.cells})`, whole(1))
    .addOption(shared.batch(` (default: ${quick.batch}, ${defaults.batch} with --data)`))
    .addOption(shared.seed(0))
    .addOption(shared.backend())
    .addOption(shared.noFast())
    .addOption(shared.runs())
    .addOption(shared.name())
    .option('--resume <name>', 'go on with a stopped run')
    .option('--port <n>', 'port to serve on, 0 for a free one', whole(0, 65_535), 5173)
    .option('--host <address>', 'address to serve on; microphones need localhost or https', '127.0.0.1')
    .option('--build-only', 'build the page and end')
    .action((request: AudioRequest) => runAudio(request));
}
