import * as tf from '@tensorflow/tfjs-core';
import { LayersModel, type ModelCompileArgs, Sequential, model as tfModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';

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

/** The functional model that a sequential one is inside; others are it. */
export function functional(model: LayersModel): LayersModel {
  if (!(model instanceof Sequential)) return model;
  const sequential = model as unknown as { model?: LayersModel; build(): void };
  if (!sequential.model) sequential.build();
  return sequential.model!;
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
      return (
        penalties ? own.calculateLosses().reduce((sum, each) => tf.add(sum, each), mean) : mean
      ) as tf.Scalar;
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
