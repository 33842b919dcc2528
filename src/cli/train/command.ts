import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { type ImageDataset, weightVariables } from 'noisydarts';
import { stateVariables } from 'noisydarts/layers';
import {
  countCost,
  evaluateNetwork,
  type NetworkEvaluation,
  putWeights,
  type TrainingRecord,
  toStandardLayers,
  trainNetwork,
  withoutAuxiliary,
} from 'noisydarts/network';
import {
  fileStore,
  saveModel,
  type ThreadedNetwork,
  threadedNetwork,
  withProgress,
  writeFileAtomic,
} from 'noisydarts/node';
import { useBackend } from '../backend';
import {
  asUsage,
  howToCall,
  makeRunFolder,
  removeIfEmpty,
  STOPPED,
  stopAfterStep,
  UsageError,
} from '../command-line';
import { describeDryRun, dryRun } from '../dry-run';
import { recordOrSay } from '../record-or-say';
import { importSetup, setupModules } from '../search/spaces';
import { readData } from './data';
import { createFoundNetwork, drawFound, type FoundGenotype, genotypeFiles, readGenotype } from './genotype';
import { CHECKPOINT, createTrain, readTrain, type TrainRequest, type TrainSettings } from './options';
import { plainNetwork } from './plain-network';
import { renderTrainingReport } from './report';

/** The genotype's network, or a plain one of as many parameters (without an auxiliary head) in its place. */
export function createChosenNetwork(
  genotype: FoundGenotype,
  settings: TrainSettings,
  data: ImageDataset,
): LayersModel {
  if (settings.network === 'found') return createFoundNetwork(genotype, settings, data);
  const found = createFoundNetwork(genotype, { ...settings, auxiliary: false }, data);
  const { parameters } = countCost(found).total;
  tf.dispose([...weightVariables(found), ...stateVariables(found)]);
  return plainNetwork({ parameters, classes: data.classes, inputShape: data.shape, seed: settings.seed });
}

/**
 * Trains, and leaves everything in a folder.
 *
 * @param tell - Is told the result. Default: it is printed.
 */
export async function runTrain(
  { settings, runs, name, resume, dryRun: dry, json }: TrainRequest,
  tell: (text: string) => void = console.log,
): Promise<void> {
  if (settings.setup !== undefined) await importSetup(settings.setup);
  const genotype = await readGenotype(resume ?? settings.genotype);
  const { train, test, augment } = await asUsage(readData(settings));
  const checkpointIn = (path: string) => fileStore(join(path, CHECKPOINT));
  const stored = resume === undefined ? undefined : await checkpointIn(resume).load();
  if (resume !== undefined && !stored)
    throw new UsageError(`--resume: '${checkpointIn(resume).location}' does not exist; start the run anew`);

  const used = await useBackend(settings);
  const { epochs, batch, dropPath, seed, threads = 1 } = settings;
  const network = createChosenNetwork(genotype, settings, train);
  const cost = countCost(network).total;
  const options = { network, train, epochs, batchSize: batch, dropPath, augment, seed };
  let engine: ThreadedNetwork | undefined;
  const onThreads = async () => {
    const setup = setupModules(settings.setup);
    if (threads > 1) engine = await threadedNetwork(network, { threads, setup });
    return { ...options, ...(engine && { engine }) };
  };

  if (dry) {
    try {
      const events = trainNetwork(await onThreads());
      const about = { settings, parameters: cost.parameters };
      return console.log(describeDryRun(await dryRun(events, about), json));
    } finally {
      await engine?.dispose();
      tf.dispose([...weightVariables(network), ...stateVariables(network)]);
    }
  }
  const folder = resume ?? (await makeRunFolder(runs, name, `train-${settings.format ?? 'digits'}`));
  const write = (file: string, text: string) => writeFileAtomic(join(folder, file), text);
  const writeReport = (history: readonly TrainingRecord[], tested?: NetworkEvaluation) =>
    write(
      'report.html',
      renderTrainingReport({
        name: basename(folder),
        history,
        epochs,
        settings: { ...settings },
        ...(settings.network === 'found' && { drawing: drawFound(genotype) }),
        cost,
        ...(tested && { test: tested }),
      }),
    );
  const begin = async () => {
    await write('settings.json', `${JSON.stringify(used, null, 2)}\n`);
    for (const [file, text] of Object.entries(genotypeFiles(genotype))) await write(file, text);
  };
  const record = (history: readonly TrainingRecord[], tested?: NetworkEvaluation) =>
    recordOrSay(async () => {
      await write('history.json', `${JSON.stringify(history, null, 1)}\n`);
      await writeReport(history, tested);
    });

  const interrupt = stopAfterStep();
  console.error(
    `${folder}: ${train.size} training and ${test.size} test images, ${cost.parameters} parameters`,
  );
  try {
    const events = trainNetwork({
      ...(await onThreads()),
      checkpoint: { store: checkpointIn(folder) },
      signal: interrupt.signal,
      ...(stored && { resume: stored }),
    });
    let history: readonly TrainingRecord[] = [];
    let begun = false;
    for await (const event of withProgress(events)) {
      // Whatever is wrong with the settings has been said before the first event.
      if (!begun) await begin();
      begun = true;
      if (event.type === 'resumed') history = event.history;
      if (event.type === 'epoch') {
        const { type: _, epochs: __, ...line } = event;
        history = [...history, line];
        await record(history);
      }
      if (event.type === 'stopped') {
        console.error(`Go on with: ${howToCall('train')} --resume ${basename(folder)}`);
        process.exitCode = STOPPED;
      }
      if (event.type === 'done') {
        const main = withoutAuxiliary(network);
        const metadata = {
          ...(augment.normalize && { normalize: augment.normalize }),
          ...('classNames' in train && { classNames: train.classNames as string[] }),
          task: { kind: 'classification' },
        };
        await saveModel(main, join(folder, 'last'), metadata);
        putWeights(network, event.best.weights);
        await saveModel(main, join(folder, 'best'), metadata);
        const standard = toStandardLayers(main);
        await saveModel(standard, join(folder, 'standard'), metadata);
        tf.dispose(standard.weights.map((weight) => weight.read()));
        const how = { batchSize: batch, normalize: augment.normalize };
        const tested = (await (engine?.evaluate(test, how) ??
          evaluateNetwork(network, test, how))) as NetworkEvaluation;
        await write('test.json', `${JSON.stringify({ best: event.best.epoch, ...tested }, null, 1)}\n`);
        await record(event.history, tested);
        const report = join(folder, 'report.html');
        const epoch = event.best.epoch + 1;
        tell(
          json
            ? JSON.stringify({ folder, ...tested, heldOutAccuracy: event.best.accuracy, epoch, report })
            : `Test accuracy ${tested.top1.toFixed(2)} % (top 5 ${tested.top5.toFixed(2)} %), weights of epoch ${epoch}\nReport: ${report}`,
        );
      }
    }
  } finally {
    interrupt.dispose();
    await engine?.dispose();
    tf.dispose([...weightVariables(network), ...stateVariables(network)]);
    await removeIfEmpty(folder);
  }
}

/** `train`. */
export function trainCommand(): Command {
  return createTrain().action(async (_, program) => runTrain(await readTrain(program)));
}
