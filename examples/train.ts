/**
 * Trains the network of a genotype from scratch: `npm run train -- --help`.
 *
 * Everything the run makes is in its folder, `runs/NAME/`: `report.html`, the best and the last weights as models that
 * `tf.loadLayersModel` reads, and the best ones in stock layers, for programs without this library. Ctrl-C stops the run after the step in progress, `npm run train -- --resume` goes on
 * with it.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  type Genotype,
  genotypeFromJson,
  genotypeToJson,
  type ImageDataset,
  weightVariables,
} from 'noisydarts';
import { type PublishedGenotypeName, publishedGenotype } from 'noisydarts/catalogue';
import { drawGenotype } from 'noisydarts/genotype';
import { stateVariables } from 'noisydarts/layers';
import {
  countCost,
  createNetwork,
  evaluateNetwork,
  type NetworkEvaluation,
  putWeights,
  TrainingError,
  type TrainingRecord,
  trainNetwork,
  withoutAuxiliary,
} from 'noisydarts/network';
import { fileStore, stopOnInterrupt, withProgress, writeFileAtomic } from 'noisydarts/node';
import { useBackend } from './backend';
import { readData } from './train/data';
import { readCommand, type TrainCommand, type TrainSettings, UsageError } from './train/options';
import { plainNetwork } from './train/plain-network';
import { renderTrainingReport } from './train/report';
import { saveModel, saveStandardModel } from './train/save-model';

async function chooseGenotype({
  genotype,
  name,
}: Pick<TrainSettings, 'genotype' | 'name'>): Promise<Genotype> {
  if (genotype === undefined) return publishedGenotype(name as PublishedGenotypeName);
  const text = await readFile(genotype, 'utf8').catch((error: Error) => {
    throw new UsageError(`--genotype: '${genotype}' cannot be read, got ${error.message}`, { cause: error });
  });
  return genotypeFromJson(text);
}

/** The genotype's network, or a plain one of as many parameters (without an auxiliary head) in its place. */
function createChosenNetwork(
  genotype: Genotype,
  { channels, cells, auxiliary, seed, network: kind }: TrainSettings,
  { shape: inputShape, classes }: ImageDataset,
): LayersModel {
  const found = createNetwork(genotype, {
    channels,
    cells,
    classes,
    inputShape,
    auxiliary: auxiliary && kind === 'found',
    seed,
  });
  if (kind === 'found') return found;
  const { parameters } = countCost(found).total;
  tf.dispose([...weightVariables(found), ...stateVariables(found)]);
  return plainNetwork({ parameters, classes, inputShape, seed });
}

async function run({ settings, folder, resume }: TrainCommand): Promise<void> {
  // A run keeps its genotype: the search that found it may be gone, or have gone on.
  const genotype = await chooseGenotype(resume ? { genotype: join(folder, 'genotype.json') } : settings);
  const { train, test, augment } = await readData(settings).catch((error: Error) => {
    throw new UsageError(error.message, { cause: error });
  });
  const store = fileStore(join(folder, 'training-checkpoint'));
  const stored = resume ? await store.load() : undefined;
  if (resume && !stored)
    throw new UsageError(`--resume: '${store.location}' does not exist; start the run anew`);

  await useBackend(settings);
  const { epochs, batch, dropPath, seed } = settings;
  const network = createChosenNetwork(genotype, settings, train);
  const cost = countCost(network).total;

  await mkdir(folder, { recursive: true });
  const write = (file: string, text: string) => writeFileAtomic(join(folder, file), text);
  const report = (history: readonly TrainingRecord[], tested?: NetworkEvaluation) =>
    write(
      'report.html',
      renderTrainingReport({
        name: basename(folder),
        history,
        epochs,
        settings: { ...settings },
        ...(settings.network === 'found' && { drawing: drawGenotype(genotype) }),
        cost,
        ...(tested && { test: tested }),
      }),
    );
  await write('settings.json', `${JSON.stringify(settings, null, 2)}\n`);
  await write('genotype.json', genotypeToJson(genotype));

  const interrupt = stopOnInterrupt({
    onStop: () => console.error('\nStopping after this step; Ctrl-C again ends at once, without saving.'),
  });
  console.error(
    `${folder}: ${train.size} training and ${test.size} test images, ${cost.parameters} parameters`,
  );
  try {
    const events = trainNetwork({
      network,
      train,
      epochs,
      batchSize: batch,
      dropPath,
      augment,
      seed,
      checkpoint: { store },
      signal: interrupt.signal,
      ...(stored && { resume: stored }),
    });
    const history = await earlierHistory(join(folder, 'history.json'), resume);
    for await (const event of withProgress(events)) {
      if (event.type === 'epoch') {
        const { type: _, epochs: __, ...record } = event;
        history.splice(record.epoch, history.length, record);
        await write('history.json', `${JSON.stringify(history, null, 1)}\n`);
        await report(history);
      }
      if (event.type === 'stopped') {
        console.error(`Go on with: npm run train -- --resume ${basename(folder)}`);
        process.exitCode = 130;
      }
      if (event.type === 'done') {
        const main = withoutAuxiliary(network);
        await saveModel(main, join(folder, 'last'));
        putWeights(network, event.best.weights);
        await saveModel(main, join(folder, 'best'));
        await saveStandardModel(main, join(folder, 'standard'), augment.normalize);
        const tested = await evaluateNetwork(network, test, {
          batchSize: batch,
          normalize: augment.normalize,
        });
        await write('test.json', `${JSON.stringify({ best: event.best.epoch, ...tested }, null, 1)}\n`);
        await report(event.history, tested);
        console.log(
          `Test accuracy ${tested.top1.toFixed(2)} % (top 5 ${tested.top5.toFixed(2)} %), weights of epoch ${event.best.epoch + 1}`,
        );
        console.log(`Report: ${join(folder, 'report.html')}`);
      }
    }
  } finally {
    interrupt.dispose();
    tf.dispose([...weightVariables(network), ...stateVariables(network)]);
  }
}

/** The epochs before a resume. */
async function earlierHistory(path: string, resume: boolean): Promise<TrainingRecord[]> {
  return resume ? (JSON.parse(await readFile(path, 'utf8').catch(() => '[]')) as TrainingRecord[]) : [];
}

try {
  const command = await readCommand(process.argv.slice(2));
  if (command) await run(command);
} catch (error) {
  // The message says it all, and a stack would hide it; a RangeError is the library's word on a bad setting.
  const misuse = error instanceof UsageError || error instanceof RangeError;
  console.error(misuse || error instanceof TrainingError ? error.message : error);
  process.exitCode = misuse ? 2 : 1;
}
