import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import {
  augmentSettings,
  checkBatching,
  checkEngine,
  checkRunOptions,
  datasetSettings,
  resolveWeights,
  runKeys,
} from '../runs';
import { mapAlphas } from '../spaces';
import { plainTask, taskOf, taskSettings } from '../tasks/task';
import { checkData } from './check-data';
import type { AlphaTraining, ModelSearchOptions, SearchOptions } from './options';

const searchKeys = {
  ...runKeys,
  supernet: true,
  model: true,
  task: 'object',
  train: true,
  valid: true,
  epochs: 'count',
  batchSize: 'count',
  seed: 'seed',
  augment: 'object',
  weights: true,
  alpha: true,
  evaluateEvery: 'whole',
  diagnostics: true,
  policy: true,
  budget: 'object',
  engine: 'object',
} satisfies OptionKeys<SearchOptions & ModelSearchOptions>;

const alphaKeys = {
  learningRate: 'amount',
  betas: 'list',
  weightDecay: 'amount',
  order: ['first', 'second'],
  warmupEpochs: 'whole',
  turn: ['before', 'after'],
} satisfies OptionKeys<AlphaTraining>;

/** The options of a search with every default filled in. */
export type ResolvedSearch = ReturnType<typeof resolveSearch>;

function resolveAlpha(given: AlphaTraining = {}): Required<AlphaTraining> {
  checkOptions('search, alpha', given, alphaKeys);
  const {
    learningRate = 3e-4,
    betas = [0.5, 0.999] as const,
    weightDecay = 1e-3,
    order = 'first',
    warmupEpochs = 0,
    turn = 'before',
  } = given;
  return { learningRate, betas, weightDecay, order, warmupEpochs, turn };
}

/** Fills in defaults and refuses what cannot be. */
export function resolveSearch(options: SearchOptions) {
  checkOptions('search', options, searchKeys);
  checkRunOptions('search', options);
  const {
    supernet,
    train,
    valid,
    epochs = 50,
    batchSize = 128,
    evaluationBatchSize = batchSize,
    dropLast = false,
    seed = 0,
    augment,
    evaluateEvery = 1,
    diagnostics,
    engine,
  } = options;
  if (typeof supernet?.archVariables !== 'function' || typeof supernet.readGenotype !== 'function')
    throw typeError(
      'search',
      'supernet must be a supernet',
      (supernet as object | undefined)?.constructor,
      "pass what createSupernet() returns, or a model of your own as 'model'; trainNetwork() trains networks",
    );
  const weights = resolveWeights('search', options.weights, { learningRate: 0.05, minLearningRate: 0.001 });
  const alpha = resolveAlpha(options.alpha);
  const task = taskOf(options.task ?? plainTask, 'search', supernet.reads);
  checkData('search', { supernet, task, train, valid });
  checkBatching('search', { augment, batchSize, evaluationBatchSize, dropLast }, [train, valid]);
  if (engine) {
    checkEngine('search', 'supernet', engine, supernet, task);
    if (alpha.order === 'second')
      throw rangeError(
        'search',
        'an engine computes the first order only',
        alpha.order,
        "use order: 'first', or no engine",
      );
  }
  const policies = [options.policy ?? []].flat();
  for (const policy of policies) {
    if (typeof policy !== 'function')
      throw typeError('search', 'a policy must be a function', policy, 'pass for example stopOnSkips()');
    policy.check?.({ space: supernet.space, diagnostics, order: alpha.order });
  }
  return {
    ...options,
    task,
    policies,
    epochs,
    batchSize,
    evaluationBatchSize,
    dropLast,
    seed,
    evaluateEvery,
    weights,
    alpha,
  };
}

/** What two runs must have in common for one to go on from the other's checkpoint: plain JSON. */
export function runSettings(search: ResolvedSearch): Record<string, unknown> {
  const { supernet, train, valid, epochs, batchSize, dropLast, seed, augment, weights, alpha } = search;
  return {
    [supernet.subject]: supernet.description,
    alphas: mapAlphas(supernet.space, (_, rows) => [rows.length, rows[0]!.length]),
    train: datasetSettings(train),
    valid: datasetSettings(valid),
    ...taskSettings(search.task),
    epochs,
    batchSize,
    dropLast,
    // Each thread's part has batch statistics of its own.
    threads: search.engine?.threads ?? 1,
    seed,
    augment: augmentSettings(augment),
    weights: { ...weights, clip: String(weights.clip) },
    alpha,
  };
}
