import type * as tf from '@tensorflow/tfjs-core';
import { Callback, type LayersModel } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import { type Moment, mixedEdges, NoisyDartsLayer } from '../layers';
import { layersWithin } from '../layers/noisy-darts-layer';
import { adam, type Optimizer, type UnrolledUpdate } from '../optimizers';
import type { Seed } from '../random';
import type { TaskSettings } from '../tasks';
import { taskOf } from '../tasks/task';
import { bilevel } from './bilevel-model';
import { areOfTask, checkLoss, type ModelBatch, type ModelLoss, tensorsOf } from './compiled-loss';
import { createArchitect } from './create-architect';
import { type ModelBatches, type ModelDataset, modelBatches } from './model-batches';
import { architectOptimizer, unrolledOptimizer } from './tfjs-optimizer';
import { disposeAll } from './tidy';
import { type Architect, passes } from './types';
import { alphaFrozen } from './warmup';

/** Options of {@link architectCallback}. */
export interface ArchitectCallbackOptions {
  /** What alpha learns from: other examples than the weights', tensors as `fit` takes them or a data set of batches. */
  readonly valid: ModelBatch | ModelDataset;
  /** Moves alpha. Default: the paper's, `adam({ learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 })`. */
  readonly optimizer?: Optimizer | tf.Optimizer;
  /** Whether alpha's gradient looks one weight step ahead. Default `'first'`: it does not. */
  readonly order?: 'first' | 'second';
  /** Second order only: the examples of the weight step looked through, usually those of `fit`, whose batches it keeps. */
  readonly train?: ModelBatch | ModelDataset;
  /** Second order only. Default: the model's own, if it is `tf.train.sgd` or `tf.train.momentum`. */
  readonly weightOptimizer?: UnrolledUpdate;
  /** Epochs at the start in which alpha stands still. Default 0. */
  readonly warmupEpochs?: number;
  /** Alpha steps before every so many batches. Default 1. */
  readonly every?: number;
  /** The loss that alpha descends, as `model.compile` takes it. Default: the model's own. */
  readonly loss?: ModelLoss;
  /**
   * A task of `noisydarts/tasks` whose loss alpha descends in place of that, for a model of one output: with class weights,
   * say, or label smoothing. Default none.
   */
  readonly task?: TaskSettings;
  /** Examples of one step of alpha, where `valid` or `train` are tensors. Default 32, as in `fit`. */
  readonly batchSize?: number;
  /** Seed of their order. Default 0. */
  readonly seed?: Seed;
}

const KEYS = {
  valid: true,
  optimizer: true,
  order: ['first', 'second'],
  train: true,
  weightOptimizer: 'object',
  warmupEpochs: 'whole',
  every: 'count',
  loss: true,
  task: 'object',
  batchSize: 'count',
  seed: 'seed',
} satisfies OptionKeys<ArchitectCallbackOptions>;

/** The alphas at the end of an epoch. */
export interface AlphaRecord {
  readonly epoch: number;
  /** Mean validation loss of the epoch's steps; undefined where alpha stood still. */
  readonly archLoss: number | undefined;
  /** Alpha by the name of the edge, one number a candidate. */
  readonly alphas: Readonly<Record<string, readonly number[]>>;
}

const FN = 'architectCallback';

/** See {@link architectCallback}. */
export class ArchitectCallback extends Callback {
  /** One record an epoch, over all fits with this callback. */
  readonly history: AlphaRecord[] = [];
  readonly #options: ArchitectCallbackOptions;
  readonly #valid: ModelBatches;
  readonly #train: ModelBatches | undefined;
  #architect: Architect<ModelBatch> | undefined;
  #noisy: readonly NoisyDartsLayer[] = [];
  #epoch = 0;
  #step = 0;
  #losses: number[] = [];

  constructor(options: ArchitectCallbackOptions) {
    super();
    checkOptions(FN, options, KEYS);
    const { order = 'first', optimizer, batchSize = 32, seed = 0 } = options;
    checkLoss(FN, options.loss);
    if (optimizer !== undefined) architectOptimizer(FN, optimizer);
    if (options.task !== undefined) taskOf(options.task, FN);
    if ((order === 'second') !== (options.train !== undefined))
      throw typeError(
        FN,
        "order 'second', and no other, needs the examples that weights train on",
        order === 'second' ? 'no train' : "train with order 'first'",
        "pass { order: 'second', train: { x, y } } or neither",
      );
    this.#options = options;
    this.#valid = modelBatches(FN, 'valid', options.valid, { batchSize, seed });
    this.#train = options.train && modelBatches(FN, 'train', options.train, { batchSize, seed });
    // In a list that begins with a plain object tfjs takes the methods off this one.
    this.onTrainBegin = this.onTrainBegin.bind(this);
    this.onEpochBegin = this.onEpochBegin.bind(this);
    this.onBatchBegin = this.onBatchBegin.bind(this);
    this.onEpochEnd = this.onEpochEnd.bind(this);
    this.onTrainEnd = this.onTrainEnd.bind(this);
  }

  /** Checks the model and prepares alpha's optimizer. */
  override async onTrainBegin(): Promise<void> {
    if (!this.model)
      throw typeError(
        FN,
        'the callback has no model',
        'a list of plain objects',
        'put it first in the list of callbacks',
      );
    this.dispose();
    this.#noisy = layersWithin(this.model).filter((layer) => layer instanceof NoisyDartsLayer);
    // It takes one-hot classes too, if it is loaded.
    if (this.#options.task) await import('../tasks/classification');
    this.#architect = this.#createArchitect(this.model);
  }

  /** Takes note of the epoch, for warm-up and schedules of noise. */
  override async onEpochBegin(epoch: number): Promise<void> {
    this.#epoch = epoch;
    this.#losses = [];
  }

  /** Steps alpha, if it is its turn, and sets the moment of every noisy edge. */
  override async onBatchBegin(_batch: number, logs?: Record<string, unknown>): Promise<void> {
    const moment = { epoch: this.#epoch, step: this.#step++, pass: passes.weights };
    const { warmupEpochs, every = 1 } = this.#options;
    try {
      if (!alphaFrozen(moment.epoch, warmupEpochs) && moment.step % every === 0) {
        const archLoss = await this.#stepAlpha(moment);
        this.#losses.push(archLoss);
        if (logs) logs.archLoss = archLoss;
      }
      for (const layer of this.#noisy) layer.moment = moment;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Adds `archLoss` to the logs and the alphas to the history. */
  override async onEpochEnd(epoch: number, logs?: Record<string, unknown>): Promise<void> {
    const losses = this.#losses;
    const archLoss = losses.length > 0 ? losses.reduce((sum, loss) => sum + loss) / losses.length : undefined;
    if (logs && archLoss !== undefined) logs.archLoss = archLoss;
    const edges = mixedEdges(this.model).filter((edge) => edge.alpha);
    const alphas = await Promise.all(
      edges.map(async ({ name, alpha }) => [name, [...(await alpha!.data())]] as const),
    );
    this.history.push({ epoch, archLoss, alphas: Object.fromEntries(alphas) });
  }

  /** Gives back what the fit held. */
  override async onTrainEnd(): Promise<void> {
    this.dispose();
  }

  /** Frees the default optimizer's moments, as the end of a fit does; for a fit that ended in an error of its own. */
  dispose(): void {
    if (!this.#options.optimizer) this.#architect?.optimizer.dispose();
    this.#architect = undefined;
    for (const layer of this.#noisy) layer.moment = undefined;
    this.#noisy = [];
  }

  /** Refuses targets that the task's loss would take without a word. */
  async #checkTargets({ y }: ModelBatch): Promise<void> {
    const { task } = this.#options;
    if (!task) return;
    const fine = areOfTask(FN, this.model, task, y);
    const [value] = await fine.data().finally(() => fine.dispose());
    if (!value)
      throw rangeError(
        FN,
        `a batch of valid has targets that are none of the task '${task.kind}'`,
        tensorsOf(y).map(({ shape }) => shape),
        'correct them, or pass the task they are for',
      );
  }

  #createArchitect(target: LayersModel): Architect<ModelBatch> {
    const { order, loss, task, optimizer, weightOptimizer } = this.#options;
    const model = bilevel(FN, target, {
      ...(loss !== undefined && { loss }),
      ...(task !== undefined && { task }),
    });
    const unroll =
      order === 'second'
        ? (weightOptimizer ?? unrolledOptimizer(FN, target.optimizer as tf.Optimizer))
        : undefined;
    const alphas = optimizer
      ? architectOptimizer(FN, optimizer)
      : adam({ learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 });
    return unroll
      ? createArchitect({ model, optimizer: alphas, order: 'second', weightOptimizer: unroll })
      : createArchitect({ model, optimizer: alphas });
  }

  /** Moves alpha once and returns the validation loss. */
  async #stepAlpha({ epoch, step }: Moment): Promise<number> {
    const taken = [await this.#valid.next()];
    try {
      if (this.#train) taken.push(await this.#train.next());
      const [valid, train = valid] = taken;
      await this.#checkTargets(valid!.batch);
      const { model, optimizer, gradient } = this.#architect!;
      const { grads, validLoss, trainLoss } = gradient({
        train: train!.batch,
        valid: valid!.batch,
        epoch,
        step,
      });
      try {
        const loss = (await validLoss.data())[0]!;
        if (!Number.isFinite(loss))
          throw rangeError(
            FN,
            `the validation loss must be finite, at epoch ${epoch}, step ${step}`,
            loss,
            'look for examples and targets that are no finite numbers, or lower the learning rate',
          );
        optimizer.step(model.archVariables(), grads);
        return loss;
      } finally {
        disposeAll([validLoss, trainLoss, ...grads]);
      }
    } finally {
      for (const { dispose } of taken) dispose();
    }
  }
}

/**
 * Searches inside `model.fit` or `model.fitDataset`: before every batch, which trains the weights, alpha of all mixed edges of
 * the model takes a step on a batch of `valid`.
 *
 * The model may hold `MixedOp` and `NoisyMixedOp` anywhere, in models and wrappers inside it too; they are told the epoch and
 * the step, so that noise follows its schedule. Steps count on from fit to fit. `logs` and the history of the fit get
 * `archLoss`, the mean validation loss; {@link ArchitectCallback.history} keeps the alphas. Where other callbacks are in the
 * list, this one comes first and they are instances of `tf.Callback` too.
 *
 * @throws TypeError or RangeError for a bad option; from `fit`, TypeError if the model has no mixed edge or a batch does not
 * fit it.
 *
 * Source: DARTS, algorithm 1; paper, section 3.
 */
export function architectCallback(options: ArchitectCallbackOptions): ArchitectCallback {
  return new ArchitectCallback(options);
}
