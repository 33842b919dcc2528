import { type Dataset, split } from '../../data';
import { checkDataset } from '../../data/check';
import { checkOptions, type OptionKeys, requireKind, typeError } from '../../errors';
import { describeSides, exampleShape, isOfSides } from '../../layers/flat-model';
import { stream } from '../../random';
import {
  augmentSettings,
  checkBatching,
  checkEngine,
  checkRunOptions,
  datasetSettings,
  resolveWeights,
  runKeys,
} from '../../runs';
import { readerOf } from '../../tasks/activation';
import { plainTask, taskOf, taskSettings } from '../../tasks/task';
import { checkNetwork } from './check-network';
import type { TrainingOptions } from './options';

const trainingKeys = {
  ...runKeys,
  network: true,
  task: 'object',
  train: true,
  heldOut: true,
  epochs: 'count',
  batchSize: 'count',
  seed: 'seed',
  augment: 'object',
  weights: true,
  auxiliaryWeight: 'amount',
  dropPath: 'rate',
  evaluateEvery: 'count',
  engine: 'object',
} satisfies OptionKeys<TrainingOptions>;

/** The options of a training with every default filled in. */
export type ResolvedTraining = ReturnType<typeof resolveTraining>;

/** Fills in defaults, sets images aside, and refuses what cannot be. */
export function resolveTraining(options: TrainingOptions) {
  checkOptions('trainNetwork', options, trainingKeys);
  checkRunOptions('trainNetwork', options);
  const {
    network,
    heldOut = 0.1,
    epochs = 600,
    batchSize = 96,
    evaluationBatchSize = batchSize,
    dropLast = false,
    seed = 0,
    augment,
    auxiliaryWeight = 0.4,
    dropPath = 0.2,
    evaluateEvery = 1,
  } = options;
  checkNetwork('trainNetwork', network);
  const weights = resolveWeights('trainNetwork', options.weights, {
    learningRate: 0.025,
    minLearningRate: 0,
  });
  checkDataset('trainNetwork', options.train, 'train');
  const [train, valid] = partition(options.train, heldOut, seed);
  if (valid) checkDataset('trainNetwork', valid, 'heldOut');
  const expected = exampleShape('trainNetwork', network);
  const outputs = network.outputs[0]!.shape.slice(1);
  const task = taskOf(options.task ?? plainTask, 'trainNetwork', readerOf(network));
  if (options.engine) checkEngine('trainNetwork', 'network', options.engine, network, task);
  for (const dataset of valid ? [train, valid] : [train]) {
    if (!isOfSides(dataset.shape, expected)) {
      throw typeError(
        'trainNetwork',
        `'${dataset.name}' must have examples of ${describeSides(expected)} like the network's`,
        dataset.shape,
        "create the network with the data set's shape as inputShape",
      );
    }
    task.fit({ fn: 'trainNetwork', what: `'${dataset.name}'`, subject: 'network', dataset, outputs });
  }
  checkBatching('trainNetwork', { augment, batchSize, evaluationBatchSize, dropLast }, [train]);
  return {
    ...options,
    task,
    train,
    valid,
    epochs,
    batchSize,
    evaluationBatchSize,
    dropLast,
    seed,
    auxiliaryWeight,
    dropPath,
    evaluateEvery,
    weights,
  };
}

function partition(
  train: Dataset,
  heldOut: Dataset | number,
  seed: number | string,
): [train: Dataset, valid: Dataset | null] {
  if (typeof heldOut !== 'number') return [train, heldOut];
  if (heldOut === 0) return [train, null];
  requireKind('trainNetwork', 'heldOut, if no data set,', heldOut, 'rate');
  return split(train, { fraction: 1 - heldOut, shuffle: stream(seed, 'held-out') });
}

/** What two runs must have in common for one to go on from the other's checkpoint: plain JSON. */
export function trainingSettings(training: ResolvedTraining): Record<string, unknown> {
  const { network, train, valid, epochs, batchSize, dropLast, seed } = training;
  const { augment, weights, auxiliaryWeight, dropPath, engine } = training;
  return {
    network: network.layers.map((layer) => [layer.name, layer.getConfig().options ?? layer.getClassName()]),
    train: datasetSettings(train),
    heldOut: valid ? datasetSettings(valid) : null,
    ...taskSettings(training.task),
    epochs,
    batchSize,
    dropLast,
    seed,
    augment: augmentSettings(augment),
    weights: { ...weights, clip: String(weights.clip) },
    auxiliaryWeight,
    dropPath,
    evaluateEvery: training.evaluateEvery,
    // Checkpoints from before there were threads do not speak of them.
    ...(engine && engine.threads > 1 && { threads: engine.threads }),
  };
}
