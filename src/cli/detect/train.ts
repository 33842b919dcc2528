import { basename, join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { normalizations } from 'noisydarts/data';
import { createDetector, type Detector, type DetectorRecord, trainDetector } from 'noisydarts/detection';
import { countCost, toStandardLayers } from 'noisydarts/network';
import { fileStore, saveModel, withProgress, writeFileAtomic } from 'noisydarts/node';
import { disposeWeights } from '../../layers/noisy-darts-layer';
import { renderDetectorReport, type ShownPicture } from '../../node/report/detection';
import { useBackend } from '../backend';
import { howToCall, makeRunFolder, removeIfEmpty, STOPPED, stopAfterStep, UsageError } from '../command-line';
import { describeDryRun, dryRun } from '../dry-run';
import { recordOrSay } from '../record-or-say';
import { createBackbone } from './backbone';
import { readPart, requirePart } from './data';
import { percent } from './figures';
import { CHECKPOINT, type DetectTrainRequest } from './options';
import { showPictures } from './pictures';
import type { DetectionTask, DetectSettings } from './settings';

/** The epochs from which the learning rate is a tenth, and again: 8 and 11 of 12. */
const stepsOf = (epochs: number): number[] =>
  [Math.round((2 * epochs) / 3), Math.round((11 * epochs) / 12)].filter(
    (epoch) => epoch > 0 && epoch < epochs,
  );

const detectorOn = (backbone: LayersModel, classes: number, settings: DetectSettings): Detector => {
  const { width, anchorSize: size, anchorScales, seed } = settings;
  const scales = Array.from({ length: anchorScales }, (_, i) => 2 ** (i / anchorScales));
  return createDetector({ backbone, classes, width, anchors: { size, scales }, seed });
};

/** Trains a detector, and leaves everything in a folder. */
export async function runDetectTrain({
  settings,
  runs,
  name,
  resume,
  dryRun: dry,
  json,
}: DetectTrainRequest): Promise<void> {
  const { data, limit, short, long, epochs, batch, seed } = settings;
  const train = await requirePart(data, 'train', { short, long, ...(limit !== undefined && { limit }) });
  const valid = await readPart(data, 'val', { short, long });
  const checkpointIn = (path: string) => fileStore(join(path, CHECKPOINT));
  const stored = resume === undefined ? undefined : await checkpointIn(resume).load();
  if (resume !== undefined && !stored)
    throw new UsageError(`--resume: '${checkpointIn(resume).location}' does not exist; start the run anew`);

  const used = await useBackend(settings);
  const { categories } = train.instances;
  const backbone = await createBackbone(settings);
  const made: LayersModel[] = [backbone];
  const interrupt = stopAfterStep();
  let folder = resume;
  try {
    const detector = detectorOn(backbone, categories.length, settings);
    made.push(detector.model);
    const cost = countCost(detector.model).total;
    const { method, learningRate, warmup, frozenNorms, flip, evaluateEvery } = settings;
    const options = {
      detector,
      train,
      ...(valid && { valid }),
      epochs,
      batchSize: batch,
      method,
      learningRate,
      warmup,
      steps: stepsOf(epochs),
      frozenNorms,
      flip,
      evaluateEvery,
      seed,
      normalize: normalizations.imagenet,
    };
    if (dry) {
      const about = { settings, parameters: cost.parameters };
      return console.log(describeDryRun(await dryRun(trainDetector(options), about), json));
    }
    folder ??= await makeRunFolder(runs, name, 'detect');
    const write = (file: string, text: string) => writeFileAtomic(join(folder!, file), text);
    const record = (history: readonly DetectorRecord[], pictures?: readonly ShownPicture[]) =>
      recordOrSay(async () => {
        const about = { name: basename(folder!), history, epochs, settings: { ...settings }, cost, pictures };
        await write('history.json', `${JSON.stringify(history, null, 1)}\n`);
        await write('report.html', renderDetectorReport(about));
      });
    console.error(
      `${folder}: ${train.size} training and ${valid?.size ?? 'no'} other pictures, ${categories.length} classes, ${cost.parameters} parameters`,
    );
    const events = trainDetector({
      ...options,
      checkpoint: { store: checkpointIn(folder) },
      signal: interrupt.signal,
      ...(stored && { resume: stored }),
    });
    let history: readonly DetectorRecord[] = [];
    let begun = false;
    for await (const event of withProgress(events)) {
      // Whatever is wrong with the settings has been said before the first event.
      if (!begun) await write('settings.json', `${JSON.stringify(used, null, 2)}\n`);
      begun = true;
      if (event.type === 'resumed') history = event.history;
      if (event.type === 'epoch') {
        const { type: _, epochs: __, ...line } = event;
        history = [...history, line];
        await record(history);
      }
      if (event.type === 'stopped') {
        console.error(`Go on with: ${howToCall('detect train')} --resume ${basename(folder)}`);
        process.exitCode = STOPPED;
      }
      if (event.type === 'done') {
        const metadata = {
          normalize: options.normalize,
          classNames: [...categories].sort((a, b) => a.id - b.id).map(({ name }) => name),
          task: { kind: 'detection', short, long } satisfies DetectionTask,
        };
        await saveModel(detector.model, join(folder, 'model'), metadata);
        const standard = toStandardLayers(detector.model);
        await saveModel(standard, join(folder, 'standard'), metadata).finally(() => disposeWeights(standard));
        await record(event.history, await showPictures(detector, valid ?? train, {}));
        const report = join(folder, 'report.html');
        const { figures, trainLoss } = event.history.at(-1)!;
        const told = figures
          ? `AP ${percent(figures.AP)} % (AP50 ${percent(figures.AP50)} %) on ${valid!.name}`
          : `Loss ${trainLoss.toFixed(3)}`;
        console.log(
          json ? JSON.stringify({ folder, figures, trainLoss, report }) : `${told}\nReport: ${report}`,
        );
      }
    }
  } finally {
    interrupt.dispose();
    disposeWeights({ weights: [...new Set(made.flatMap(({ weights }) => weights))] });
    if (folder !== undefined) await removeIfEmpty(folder);
  }
}
