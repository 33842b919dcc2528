import type { AugmentationOptions, Dataset } from '../data';
import { augmentation, batchCount } from '../data';
import { sizeOf } from '../data/shape';
import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import type { CheckpointStore } from './checkpoint-store';

/** How the weights train. */
export interface WeightTraining {
  /** Learning rate at epoch 0. Default 0.05 in a search, 0.025 in a training. */
  readonly learningRate?: number;
  /** Learning rate that the cosine falls to by the last epoch. Default 0.001 in a search, 0 in a training. */
  readonly minLearningRate?: number;
  /** Default 0.9. */
  readonly momentum?: number;
  /** Coupled (L2) weight decay. Default 3e-4. */
  readonly weightDecay?: number;
  /** Default false. */
  readonly nesterov?: boolean;
  /** Largest global norm of the weights' gradients; Infinity for no clipping. Default 5. */
  readonly clip?: number;
}

/** When and where the state of a run is stored. */
export interface CheckpointOptions {
  readonly store: CheckpointStore;
  /** Store after this many epochs. Default 1. */
  readonly everyEpochs?: number;
  /** Store after this many iterations too. Default: never. */
  readonly everySteps?: number;
}

/** Options of every run. */
export interface RunOptions {
  readonly checkpoint?: CheckpointOptions;
  /** A checkpoint of the same run, to go on from. */
  readonly resume?: Uint8Array;
  /** Stops the run after the iteration in progress; its state is stored first if there is a store. */
  readonly signal?: AbortSignal;
}

/** Options of every run over a data set. */
export interface TrainingRunOptions extends RunOptions {
  /** Images a batch in evaluation. Default: `batchSize`. */
  readonly evaluationBatchSize?: number;
  /** Leave out a last batch that is not full. Default false. */
  readonly dropLast?: boolean;
}

/** The keys of {@link TrainingRunOptions}. */
export const runKeys = {
  checkpoint: true,
  resume: true,
  signal: true,
  evaluationBatchSize: 'count',
  dropLast: 'flag',
} satisfies OptionKeys<TrainingRunOptions>;

const checkpointKeys = {
  store: true,
  everyEpochs: 'count',
  everySteps: 'count',
} satisfies OptionKeys<CheckpointOptions>;

const weightKeys = {
  learningRate: 'amount',
  minLearningRate: 'amount',
  momentum: 'amount',
  weightDecay: 'amount',
  nesterov: 'flag',
  clip: 'limit',
} satisfies OptionKeys<WeightTraining>;

/** Refuses what no run can begin with; see {@link RunOptions}. */
export function checkRunOptions(fn: string, { checkpoint, resume, signal }: RunOptions): void {
  if (checkpoint !== undefined) {
    if (typeof (checkpoint as Partial<CheckpointStore> | null)?.save === 'function')
      throw typeError(fn, 'checkpoint must hold the store', 'the store itself', 'pass checkpoint: { store }');
    checkOptions(`${fn}, checkpoint`, checkpoint, checkpointKeys);
    const { store } = checkpoint;
    if (typeof store?.save !== 'function' || typeof store.load !== 'function')
      throw typeError(
        fn,
        'checkpoint.store must have save() and load()',
        store,
        'pass for example memoryStore()',
      );
  }
  if (resume !== undefined && !ArrayBuffer.isView(resume))
    throw typeError(fn, 'resume must be a checkpoint, a Uint8Array', resume, 'pass what store.load() gives');
  if (signal !== undefined && typeof signal?.aborted !== 'boolean')
    throw typeError(fn, 'signal must be an AbortSignal', signal, "pass an AbortController's signal");
}

/** Fills in defaults of the weights' training and refuses what cannot be. */
export function resolveWeights(
  fn: string,
  given: WeightTraining = {},
  defaults: Pick<Required<WeightTraining>, 'learningRate' | 'minLearningRate'>,
): Required<WeightTraining> {
  checkOptions(`${fn}, weights`, given, weightKeys);
  const {
    learningRate = defaults.learningRate,
    minLearningRate = defaults.minLearningRate,
    momentum = 0.9,
    weightDecay = 3e-4,
    nesterov = false,
    clip = 5,
  } = given;
  return { learningRate, minLearningRate, momentum, weightDecay, nesterov, clip };
}

/** Most numbers of a batch: an array of twice as many bytes cannot be had everywhere. */
const MOST_NUMBERS = 2 ** 30;

/** Refuses an augmentation or batches that cannot be. */
export function checkBatching(
  fn: string,
  {
    augment,
    batchSize,
    evaluationBatchSize,
    dropLast,
  }: {
    readonly augment: AugmentationOptions | undefined;
    readonly batchSize: number;
    readonly evaluationBatchSize: number;
    readonly dropLast: boolean;
  },
  datasets: readonly Dataset[],
): void {
  if (augment !== undefined) augmentation(augment);
  for (const dataset of datasets) {
    batchCount(dataset, { batchSize, dropLast });
    const images = Math.min(Math.max(batchSize, evaluationBatchSize), dataset.size);
    if (images * sizeOf(dataset.shape) > MOST_NUMBERS)
      throw rangeError(
        fn,
        `a batch of '${dataset.name}' must have at most ${MOST_NUMBERS} numbers`,
        `${images} examples of ${dataset.shape.join('x')}`,
        'use a smaller batchSize, or smaller examples',
      );
  }
}

/** What two runs must have in common of a data set. */
export function datasetSettings({ name, size, shape, classes, targets }: Dataset) {
  return { name, size, shape, ...(targets ? { targets } : { classes }) };
}

/** What two runs must have in common of an augmentation: of a function of one's own its name. */
export function augmentSettings(augment: AugmentationOptions | undefined) {
  return augment?.own ? { ...augment, own: augment.own.name } : (augment ?? null);
}
