import type { AugmentationOptions, Dataset } from '../data';
import { checkOptions, type OptionKeys, typeError } from '../errors';
import type { Seed } from '../random';
import {
  augmentSettings,
  type CheckpointStore,
  checkBatching,
  checkRunOptions,
  datasetSettings,
  type WeightTraining,
} from '../runs';
import type { AlphaTraining } from '../search';
import { checkData } from '../search/check-data';
import type { AnySpace, SearchSpace } from '../spaces';
import type { Searchable } from '../supernet';
import type { TaskSettings } from '../tasks';
import { plainTask, taskOf, taskSettings } from '../tasks/task';

/** How a selection tunes the weights of the network. */
export type TunedWeights = Pick<WeightTraining, 'learningRate' | 'momentum' | 'weightDecay' | 'clip'>;

/** How a selection that goes on with the search trains alpha. */
export type TunedAlpha = Pick<AlphaTraining, 'learningRate' | 'betas' | 'weightDecay'>;

/** When and where the state of a selection is stored. */
export interface SelectionCheckpoint {
  readonly store: CheckpointStore;
  /** Store after this many evaluations and steps too. Default: after every decision. */
  readonly everySteps?: number;
}

/** Options of every selection. */
export interface SelectionOptions<S extends AnySpace = SearchSpace> {
  /** The supernet as a search has left it, or `modelSupernet(model)`. It is tuned in place. */
  readonly supernet: Searchable<S>;
  /** Examples the weights are tuned on. */
  readonly train: Dataset;
  /** Examples that the supernet is evaluated on, and that alpha learns from: those of the search. */
  readonly valid: Dataset;
  /** What is learnt: that of the search. Default `classification()`. */
  readonly task?: TaskSettings;
  /** Images a batch. Default 128. */
  readonly batchSize?: number;
  /** Images a batch in evaluation. Default: `batchSize`. */
  readonly evaluationBatchSize?: number;
  /** Leave out a last batch of an epoch that is not full. Default false. */
  readonly dropLast?: boolean;
  /** Seed of all that is drawn; noise follows the supernet's seed. Default 0. */
  readonly seed?: Seed;
  /** Augmentation of the batches that are tuned on; its normalisation serves evaluation too. Default none. */
  readonly augment?: AugmentationOptions;
  /** Tuning of the weights: SGD. Default: learning rate 0.0025, momentum 0.9, weight decay 3e-4, clip 5. */
  readonly weights?: TunedWeights;
  /** Tuning of alpha: Adam, where a selection moves it. Default: learning rate 3e-4, betas [0.5, 0.999], weight decay 1e-3. */
  readonly alpha?: TunedAlpha;
  /** The epoch, from 0, of the search's schedules (of noise, of a strategy) that tuning is at. Default: that of the search. */
  readonly epoch?: number;
  /** How many validation images an evaluation takes, the first ones; those of a last batch that is not full are left out. Default all. */
  readonly images?: number;
  /** What batch norms normalise by in evaluation: the statistics of each batch, or the running ones. Default `'batch'`. */
  readonly statistics?: 'batch' | 'running';
  readonly checkpoint?: SelectionCheckpoint;
  /** A checkpoint of the same selection, to go on from; the supernet has the options of that one's. */
  readonly resume?: Uint8Array;
  /** Stops the selection after the evaluation or step in progress; its state is stored first if there is a store. */
  readonly signal?: AbortSignal;
}

/** The keys of {@link SelectionOptions}. */
export const selectionKeys = {
  supernet: true,
  train: true,
  valid: true,
  task: 'object',
  batchSize: 'count',
  evaluationBatchSize: 'count',
  dropLast: 'flag',
  seed: 'seed',
  augment: 'object',
  weights: 'object',
  alpha: 'object',
  epoch: 'whole',
  images: 'count',
  statistics: ['batch', 'running'],
  checkpoint: 'object',
  resume: true,
  signal: true,
} satisfies OptionKeys<SelectionOptions>;

const weightKeys = {
  learningRate: 'amount',
  momentum: 'amount',
  weightDecay: 'amount',
  clip: 'limit',
} satisfies OptionKeys<TunedWeights>;

const alphaKeys = {
  learningRate: 'amount',
  betas: 'list',
  weightDecay: 'amount',
} satisfies OptionKeys<TunedAlpha>;

const checkpointKeys = { store: true, everySteps: 'count' } satisfies OptionKeys<SelectionCheckpoint>;

/** The options of a selection with every default filled in. */
export type ResolvedSelection<S extends AnySpace = SearchSpace> = Omit<
  ReturnType<typeof resolveSelection>,
  'supernet'
> & { readonly supernet: Searchable<S> };

function resolveWeights(fn: string, given: TunedWeights = {}): Required<TunedWeights> {
  const {
    learningRate = 0.0025,
    momentum = 0.9,
    weightDecay = 3e-4,
    clip = 5,
  } = checkOptions(`${fn}, weights`, given, weightKeys);
  return { learningRate, momentum, weightDecay, clip };
}

function resolveAlpha(fn: string, given: TunedAlpha = {}): Required<TunedAlpha> {
  const {
    learningRate = 3e-4,
    betas = [0.5, 0.999] as const,
    weightDecay = 1e-3,
  } = checkOptions(`${fn}, alpha`, given, alphaKeys);
  return { learningRate, betas, weightDecay };
}

/** Fills in defaults and refuses what cannot be. */
export function resolveSelection(fn: string, options: SelectionOptions) {
  checkOptions(fn, options, selectionKeys);
  const {
    supernet,
    train,
    valid,
    batchSize = 128,
    evaluationBatchSize = batchSize,
    dropLast = false,
    seed = 0,
    augment,
    epoch,
    images = valid?.size,
    statistics = 'batch',
    checkpoint,
    resume,
    signal,
  } = options;
  checkSupernet(fn, supernet);
  const weights = resolveWeights(fn, options.weights);
  const alpha = resolveAlpha(fn, options.alpha);
  const task = taskOf(options.task ?? plainTask, fn, supernet.reads);
  checkData(fn, { supernet, task, train, valid });
  checkBatching(fn, { augment, batchSize, evaluationBatchSize, dropLast }, [train, valid]);
  checkRunOptions(fn, { ...(resume !== undefined && { resume }), ...(signal !== undefined && { signal }) });
  if (checkpoint !== undefined) {
    checkRunOptions(fn, { checkpoint });
    checkOptions(`${fn}, checkpoint`, checkpoint, checkpointKeys);
  }
  return {
    supernet,
    train,
    valid,
    task,
    batchSize,
    evaluationBatchSize,
    dropLast,
    seed,
    augment,
    weights,
    alpha,
    epoch,
    images,
    statistics,
    checkpoint,
    resume,
    signal,
  };
}

/** Refuses what is no supernet. */
export function checkSupernet(fn: string, supernet: Searchable<AnySpace>): void {
  if (typeof supernet?.withMixtures !== 'function' || typeof supernet.readGenotype !== 'function')
    throw typeError(
      fn,
      'supernet must be a supernet',
      (supernet as object | undefined)?.constructor,
      'pass what createSupernet() returns and search() has trained, or modelSupernet(model)',
    );
}

/** What two selections must have in common for one to go on from the other's checkpoint: plain JSON. */
export function selectionSettings(
  name: string,
  own: object,
  given: ResolvedSelection,
): Record<string, unknown> {
  const { supernet, train, valid, batchSize, evaluationBatchSize, dropLast, seed, augment } = given;
  const { weights, alpha, epoch, images, statistics } = given;
  return {
    [supernet.subject]: supernet.description,
    selection: { name, ...own },
    train: datasetSettings(train),
    valid: datasetSettings(valid),
    ...taskSettings(given.task),
    batchSize,
    evaluationBatchSize,
    dropLast,
    seed,
    augment: augmentSettings(augment),
    weights: { ...weights, clip: String(weights.clip) },
    alpha,
    epoch: epoch ?? null,
    images,
    statistics,
  };
}
