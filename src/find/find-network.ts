import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Dataset, split } from '../data';
import { checkDataset } from '../data/check';
import { checkOptions, type OptionKeys, rangeError, requireOptions, typeError } from '../errors';
import { disposeWeights } from '../layers/noisy-darts-layer';
import {
  evaluateNetwork,
  type NetworkEvaluation,
  putWeights,
  type TrainedEvent,
  trainNetwork,
} from '../network';
import { stream } from '../random';
import { checkRunOptions, datasetSettings } from '../runs';
import { type Budget, search } from '../search';
import type { SearchSpace } from '../spaces';
import { requireSpace } from '../spaces/edges';
import { createSupernet, type Supernet, type SupernetOptions } from '../supernet';
import { plainTask, taskOf, taskSettings } from '../tasks/task';
import type { FindEvent, FoundNetwork, SearchResult } from './events';
import { networkOf } from './network-of';
import type { FindNetworkOptions } from './options';
import { loadFind, partStore, storeFind } from './stored-find';

const KEYS = {
  space: true,
  task: 'object',
  train: true,
  test: true,
  seed: 'seed',
  share: true,
  supernet: true,
  search: true,
  network: true,
  training: true,
  measure: 'function',
  store: true,
  everySteps: true,
  signal: true,
} satisfies OptionKeys<FindNetworkOptions>;

/** The budget whose cost the network is measured for. */
const LATENCY = 'latency';

/** What the parts may not say for themselves. */
const OURS =
  'space task classes inputShape train valid seed checkpoint resume signal engine model supernet network';

/** Outputs of a network for these examples: their classes, or the numbers of a target. */
function outputsOf({ name, classes, targets }: Dataset): number {
  if (targets && targets.shape.length !== 1)
    throw typeError(
      'findNetwork',
      `the networks of a space give one number or a list of them, and so must the targets of '${name}'`,
      targets.shape,
      'search for maps in a model of your own, with search({ model })',
    );
  return classes ?? targets!.shape[0]!;
}

/** Fills in defaults and refuses what cannot be. */
function resolveFind<S extends SearchSpace>(options: FindNetworkOptions<S>) {
  checkOptions('findNetwork', options, KEYS as OptionKeys<FindNetworkOptions<S>>);
  const { space, train, test, seed = 0, share = 0.5, measure, store, everySteps, signal } = options;
  requireSpace('findNetwork', space, 'darts', 'nas-bench-201', 'mobile');
  checkDataset('findNetwork', train, 'train');
  checkDataset('findNetwork', test, 'test');
  if (JSON.stringify(test.shape) !== JSON.stringify(train.shape))
    throw typeError(
      'findNetwork',
      `test must have examples of ${train.shape.join('x')} like train`,
      test.shape,
      'read both alike',
    );
  const task = taskOf(options.task ?? plainTask, 'findNetwork');
  const outputs = outputsOf(train);
  for (const [what, dataset] of Object.entries({ train, test }))
    task.fit({ fn: 'findNetwork', what, subject: 'network', dataset, outputs: [outputs] });
  if (!(share > 0 && share < 1))
    throw rangeError('findNetwork', 'share must be above 0 and below 1', share, 'leave it out for 0.5');
  checkRunOptions('findNetwork', {
    ...(store !== undefined && { checkpoint: { store, ...(everySteps !== undefined && { everySteps }) } }),
    ...(signal !== undefined && { signal }),
  });
  const { supernet = {}, search: searching = {}, network = {}, training = {} } = options;
  const parts = { supernet, search: searching, network, training };
  for (const [name, part] of Object.entries(parts)) {
    requireOptions(`findNetwork, ${name}`, part);
    const ours = Object.keys(part).find((key) => OURS.split(' ').includes(key));
    if (ours !== undefined)
      throw typeError('findNetwork', `${name} is given its ${ours} by findNetwork()`, ours, 'leave it out');
  }
  const settings = {
    space,
    seed,
    share,
    ...parts,
    train: datasetSettings(train),
    test: datasetSettings(test),
    ...taskSettings(task),
  };
  return {
    ...parts,
    space,
    task,
    train,
    test,
    seed,
    share,
    measure,
    store,
    everySteps,
    signal,
    classes: outputs,
    settings: JSON.parse(JSON.stringify(settings)) as object,
  };
}

type Find<S extends SearchSpace> = ReturnType<typeof resolveFind<S>>;

/** Where the checkpoints of a part of the run go. */
const checkpointOf = <S extends SearchSpace>(
  { store, everySteps, settings }: Find<S>,
  searched?: SearchResult<S>,
) =>
  store && {
    checkpoint: {
      store: partStore(store, settings, searched),
      ...(everySteps !== undefined && { everySteps }),
    },
  };

/** The budgets of a search, told of the network that is made of what it finds. */
const forNetwork = <S extends SearchSpace>({ search: { budget }, network, classes, train }: Find<S>) => {
  if (budget === undefined) return {};
  const { channels, cells } = network;
  const sizes = {
    ...(channels !== undefined && { channels }),
    ...(cells !== undefined && { cells }),
    classes,
    inputShape: [...train.shape],
  };
  // What is none the search refuses.
  const told = (one: Budget): Budget =>
    typeof one?.bind === 'function'
      ? { ...one, bind: (search) => one.bind({ ...search, network: sizes }) }
      : one;
  return { budget: Array.isArray(budget) ? budget.map(told) : told(budget as Budget) };
};

/** What a search ended in, with what its network takes where a budget limits that. */
async function measured<S extends SearchSpace>(
  { measure }: Find<S>,
  result: SearchResult<S>,
  network: LayersModel,
): Promise<SearchResult<S>> {
  if (!result.budget?.some(({ name }) => name === LATENCY)) return result;
  const latency = await (measure ?? (await import('../costs')).measureModel)(
    network,
    result.genotype as never,
  );
  if (!latency) return result;
  const { ms, error } = latency;
  return {
    ...result,
    budget: result.budget.map((each) => (each.name === LATENCY ? { ...each, measured: ms, error } : each)),
  };
}

async function* searchPart<S extends SearchSpace>(find: Find<S>, resume: Uint8Array | undefined) {
  const { space, task, train, seed, share, classes, signal } = find;
  const [weights, valid] = split(train, { fraction: share, shuffle: stream(seed, 'split') });
  const supernet = createSupernet({
    ...find.supernet,
    space,
    classes,
    inputShape: [...train.shape],
    seed,
  } as SupernetOptions) as unknown as Supernet<S>;
  try {
    yield* search<S>({
      ...find.search,
      ...forNetwork(find),
      supernet,
      ...taskSettings(task),
      train: weights,
      valid,
      seed,
      ...checkpointOf(find),
      ...(resume && { resume }),
      ...(signal && { signal }),
    });
  } finally {
    supernet.dispose();
  }
}

/**
 * {@link findNetwork} as events, for `withProgress` and `recordFind`: those of the search and of the training, each with its
 * stage, `searched` between them and `tested` at the end, whose network is the caller's.
 *
 * @throws as `findNetwork`; a run that its signal stops ends with the event `stopped`.
 */
export async function* findNetworkEvents<S extends SearchSpace>(
  options: FindNetworkOptions<S>,
): AsyncGenerator<FindEvent<S>, void, undefined> {
  const find = resolveFind(options);
  const { space, task, train, test, seed, store, settings, signal, classes, training } = find;
  const stored = await loadFind(store, space, settings);
  let searched = stored?.searched;
  if (!searched) {
    for await (const event of searchPart(find, stored?.run)) {
      yield { ...event, stage: 'search' };
      if (event.type === 'stopped') return;
      if (event.type === 'done') {
        const { type: _, ...result } = event;
        searched = result;
      }
    }
    await storeFind(store, settings, { searched, run: undefined });
  }
  const result = searched!;
  yield { type: 'searched', stage: 'training', ...result };
  const resume = stored?.searched && stored.run;
  const network = networkOf(space, result.genotype, {
    ...find.network,
    classes,
    inputShape: train.shape as never,
    seed,
  });
  let given = false;
  try {
    let trained: TrainedEvent | undefined;
    for await (const event of trainNetwork({
      ...training,
      network,
      ...taskSettings(task),
      train,
      seed,
      ...checkpointOf(find, result),
      ...(resume && { resume }),
      ...(signal && { signal }),
    })) {
      yield { ...event, stage: 'training' };
      if (event.type === 'stopped') return;
      if (event.type === 'done') trained = event;
    }
    const { best, history } = trained!;
    putWeights(network, best.weights);
    const evaluation = await evaluateNetwork(network, test, {
      batchSize: training.evaluationBatchSize ?? training.batchSize ?? 96,
      normalize: training.augment?.normalize,
      task: task.settings,
    });
    const known = await measured(find, result, network);
    given = true;
    yield {
      type: 'tested',
      stage: 'test',
      genotype: result.genotype,
      network,
      test: evaluation as NetworkEvaluation,
      search: known,
      training: { history, best: best.epoch },
    };
  } finally {
    if (!given) disposeWeights(network);
  }
}

/**
 * From examples to a tested network: searches in a space, makes the network of the genotype, trains it from scratch, and
 * evaluates it on examples that nothing has learned from.
 *
 * One run with one store: stopped at any iteration of search or training, it goes on when it is called again with the same
 * store and options, and finds the same to the bit.
 *
 * @param onEvent - Is told every event; see {@link FindEvent}. The next step waits for what it returns.
 * @throws RangeError or TypeError for bad options, before anything is trained, and for a store that holds another run;
 * SearchError or TrainingError for what happens on the way; an error named `'AbortError'` if the signal stopped it.
 *
 * Source: paper, section 4.1: search, then training of the found network.
 */
export async function findNetwork<S extends SearchSpace>(
  options: FindNetworkOptions<S>,
  onEvent?: (event: FindEvent<S>) => unknown,
): Promise<FoundNetwork<S>> {
  if (onEvent !== undefined && typeof onEvent !== 'function')
    throw typeError('findNetwork', 'onEvent must be a function', onEvent, 'leave it out');
  for await (const event of findNetworkEvents(options)) {
    try {
      await onEvent?.(event);
    } catch (error) {
      if (event.type === 'tested') disposeWeights(event.network);
      throw error;
    }
    if (event.type === 'tested') {
      const { type: _, stage: __, ...found } = event;
      return found;
    }
    if (event.type === 'stopped') {
      const { stage, epoch, step } = event;
      const where = `findNetwork: stopped in the ${stage}, at epoch ${epoch}, step ${step}`;
      throw Object.assign(new Error(`${where}; call it again with the same store to go on`), {
        name: 'AbortError',
      });
    }
  }
  throw new Error('findNetwork: the run ended before its end');
}
