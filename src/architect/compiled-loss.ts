import * as tf from '@tensorflow/tfjs-core';
import { LayersModel, type ModelCompileArgs, model as tfModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import { describeSides, isOfSides, type Sides } from '../layers/flat-model';
import { functional } from '../layers/functional';
import type { TaskSettings } from '../tasks';
import { readerOf } from '../tasks/activation';
import { kinds, taskOf } from '../tasks/task';

/** Tensors of a model's inputs or targets, as `model.fit` takes them: one, a list, or a record by name. */
export type ModelTensors = tf.Tensor | readonly tf.Tensor[] | { readonly [name: string]: tf.Tensor };

/** A batch for a tf.LayersModel. */
export interface ModelBatch {
  readonly x: ModelTensors;
  readonly y: ModelTensors;
}

/** A loss as `model.compile` takes it: its name or a function, or one an output. */
export type ModelLoss = ModelCompileArgs['loss'];

/** What tfjs keeps of a compiled model and does not declare. */
interface Compiled {
  readonly lossFunctions: readonly ((targets: tf.Tensor, outputs: tf.Tensor) => tf.Tensor)[];
  standardizeUserDataXY(x: unknown, y: unknown, checkBatchAxis: boolean): [tf.Tensor[], tf.Tensor[]];
  calculateLosses(): tf.Scalar[];
}

/** Refuses what can be no loss of a model. */
export function checkLoss(fn: string, loss: unknown): void {
  if (loss !== undefined && (loss === null || !['string', 'function', 'object'].includes(typeof loss)))
    throw typeError(fn, 'loss must be one that compile() takes', loss, 'see tf.LayersModel.compile');
}

/** Refuses what is no model. */
export function checkModel(fn: string, model: LayersModel): void {
  if (!(model instanceof LayersModel))
    throw typeError(fn, 'a tf.LayersModel is needed', model, 'pass a tf.model or a tf.sequential');
}

export function tensorsOf(tensors: ModelTensors | undefined): readonly tf.Tensor[] {
  if (tensors instanceof tf.Tensor) return [tensors];
  return tensors !== null && typeof tensors === 'object' ? Object.values(tensors) : [];
}

/** Refuses what are no living tensors. */
export function checkTensors(fn: string, name: string, tensors: ModelTensors | undefined): void {
  const list = tensorsOf(tensors);
  const remedy = 'pass a tensor, a list of them, or a record by the names of inputs or outputs';
  if (list.length === 0 || !list.every((tensor) => tensor instanceof tf.Tensor))
    throw typeError(fn, `${name} must be tensors`, tensors, remedy);
  const gone = list.find((tensor) => tensor.isDisposed);
  if (gone)
    throw typeError(
      fn,
      `${name} must not be disposed`,
      `a disposed tensor [${gone.shape}]`,
      'keep it while it is used',
    );
}

/** The mean loss of a batch: the sum over the outputs, with the penalties on weights if asked for. */
export type CompiledLoss = (batch: ModelBatch, options: object, penalties: boolean) => tf.Scalar;

/**
 * The loss that `model.fit` trains with, as a function; tfjs has none that can be called with options.
 *
 * @param loss - In place of the model's own.
 */
export function compiledLoss(fn: string, model: LayersModel, loss?: ModelLoss): CompiledLoss {
  const own = functional(model);
  const compiled = (loss === undefined ? own : compiledWith(fn, own, loss)) as unknown as Compiled;
  if (!compiled.lossFunctions?.length)
    throw typeError(
      fn,
      'the model must be compiled',
      'a model without a loss',
      'call compile(), or pass loss',
    );
  return (batch, options, penalties) =>
    tf.tidy(() => {
      const [xs, ys] = standardized(fn, compiled, batch);
      const outputs = own.apply(xs.length === 1 ? xs[0]! : xs, { ...options }) as tf.Tensor | tf.Tensor[];
      const losses = [outputs].flat().map((y, i) => compiled.lossFunctions[i]!(ys[i]!, y));
      // fit() adds the losses up before it takes the mean.
      const mean = tf.mean(losses.reduce((sum, each) => tf.add(sum, each)));
      return penalties ? withPenalties(own, mean as tf.Scalar) : (mean as tf.Scalar);
    });
}

/** A model of the same layers with another loss. */
function compiledWith(fn: string, { inputs, outputs }: LayersModel, loss: ModelLoss): LayersModel {
  const other = tfModel({ inputs, outputs });
  try {
    // Never asked for a step; unlike most it holds no tensor before the first.
    other.compile({ optimizer: tf.train.rmsprop(1), loss });
  } catch (error) {
    throw typeError(
      fn,
      `loss must be one that compile() takes (${(error as Error).message})`,
      loss,
      'see tf.LayersModel.compile',
    );
  }
  return other;
}

/**
 * The loss of a task for the model's one output, which need not be compiled, in place of its own.
 *
 * Targets are as `fit` takes them: class indices [N] or [N, 1] or the shares of classes, numbers of the output's shape.
 */
export function taskLoss(fn: string, model: LayersModel, settings: TaskSettings): CompiledLoss {
  const own = functional(model);
  const shapes = own.outputs.map(({ shape }) => shape);
  if (shapes.length !== 1)
    throw typeError(
      fn,
      'a task is for a model of one output',
      shapes,
      'compile the model with a loss for each, and leave task out',
    );
  const outputs = shapes[0]!.slice(1);
  const task = taskOf(settings, fn, readerOf(own));
  return (batch, options, penalties) =>
    tf.tidy(() => {
      const xs = inputsOf(fn, own, batch.x);
      const y = targetsOf(fn, own, batch.y, outputs);
      const [size, ...shape] = y.shape;
      const targets = y.rank === 1 ? { classes: outputs.at(-1)! } : { targets: { shape } };
      const dataset = { name: 'y', size: size!, shape: [1], read: () => ({}) as never, ...targets };
      task.fit({ fn, what: 'y', subject: 'model', dataset, outputs });
      const loss = task.loss(own.apply(xs.length === 1 ? xs[0]! : xs, { ...options }) as tf.Tensor, y);
      return penalties ? withPenalties(own, loss) : loss;
    });
}

/** Whether the targets of a batch are of the task, which a loss does not tell: a boolean scalar. */
export function areOfTask(
  fn: string,
  model: LayersModel,
  settings: TaskSettings,
  y: ModelTensors,
): tf.Tensor {
  return tf.tidy(() => {
    const own = functional(model);
    const outputs = own.outputs[0]!.shape.slice(1);
    const targets = targetsOf(fn, own, y, outputs);
    // Indices of classes.
    if (targets.rank === 1)
      return tf.logicalAnd(tf.greaterEqual(tf.min(targets), 0), tf.less(tf.max(targets), outputs.at(-1)!));
    return kinds.get(settings.kind)?.(settings, fn).accepts?.(targets) ?? tf.scalar(true);
  });
}

/** Adds the penalties on weights to a loss. */
const withPenalties = (model: LayersModel, loss: tf.Scalar): tf.Scalar =>
  (model as unknown as Compiled)
    .calculateLosses()
    .reduce<tf.Scalar>((sum, each) => tf.add<tf.Scalar>(sum, each), loss);

/** Tensors by the order of their names. */
function inOrder(tensors: ModelTensors, names: readonly string[]): readonly (tf.Tensor | undefined)[] {
  if (tensors instanceof tf.Tensor) return [tensors];
  return Array.isArray(tensors)
    ? tensors
    : names.map((name) => (tensors as Readonly<Record<string, tf.Tensor>>)[name]);
}

/** What a batch gives to the inputs of a model. */
function inputsOf(fn: string, { inputs, inputNames }: LayersModel, x: ModelTensors): tf.Tensor[] {
  checkTensors(fn, 'x', x);
  const given = inOrder(x, inputNames);
  const shapes = inputs.map(({ shape }) => shape.slice(1));
  if (
    given.length !== shapes.length ||
    !shapes.every((shape, i) => given[i] && isOfSides(given[i].shape.slice(1), shape))
  )
    throw typeError(
      fn,
      `the batch must fit the model, whose inputs are ${shapes.map(describeSides).join(' and ')}`,
      tensorsOf(x).map(({ shape }) => shape),
      'pass tensors as fit() takes them',
    );
  return given as tf.Tensor[];
}

/** The targets of a batch as a task takes them: indices [N], int32, or numbers [N, ...]. */
function targetsOf(
  fn: string,
  { outputNames }: LayersModel,
  targets: ModelTensors,
  outputs: Sides,
): tf.Tensor {
  checkTensors(fn, 'y', targets);
  const [y] = inOrder(targets, outputNames);
  if (!y)
    throw typeError(fn, 'y must be the targets of the one output', Object.keys(targets), 'pass a tensor');
  const isVector = y.rank === 1 || (y.rank === 2 && y.shape[1] === 1);
  if (!isVector || outputs.length !== 1) return tf.cast(y, 'float32');
  return outputs[0] === 1
    ? tf.cast(tf.reshape(y, [-1, 1]), 'float32')
    : tf.cast(tf.reshape(y, [-1]), 'int32');
}

function standardized(fn: string, model: Compiled, { x, y }: ModelBatch): [tf.Tensor[], tf.Tensor[]] {
  checkTensors(fn, 'x', x);
  checkTensors(fn, 'y', y);
  try {
    return model.standardizeUserDataXY(x, y, false);
  } catch (error) {
    const shapes = [x, y].map((part) => tensorsOf(part).map(({ shape }) => shape));
    throw typeError(
      fn,
      `the batch must fit the model (${(error as Error).message})`,
      shapes,
      'pass tensors as fit() takes them',
    );
  }
}
