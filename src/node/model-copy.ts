import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import { disposeWeights, variableOf } from '../layers/noisy-darts-layer';
// Its layers become known to tfjs.
import '../network';
import { ModelSupernet } from '../supernet/model/model-supernet';

/** A model as it travels to another thread. */
export interface ModelCopy {
  /** Its configuration, as tfjs saves it. */
  readonly topology: string;
  /** The values of its weights, in order, those that do not train too. */
  readonly values: readonly Float32Array[];
}

const shapesOf = (model: LayersModel) => JSON.stringify(model.weights.map(({ shape }) => shape));

/** The model of a copy, on this thread. */
export async function fromCopy({ topology, values }: ModelCopy): Promise<LayersModel> {
  const model = await loadLayersModel(tf.io.fromMemory({ modelTopology: JSON.parse(topology) }));
  tf.tidy(() =>
    model.setWeights(
      values.map((data, i) => tf.tensor(data, model.weights[i]!.shape as number[], 'float32')),
    ),
  );
  return model;
}

/**
 * A model to send to other threads.
 *
 * @throws TypeError if what is made of it there is another model.
 */
export async function copyModel(fn: string, model: LayersModel): Promise<ModelCopy> {
  const topology = model.toJSON() as string;
  const values = await Promise.all(
    model.weights.map(async (weight) => Float32Array.from(await variableOf(weight).data())),
  );
  const refuse = (reason: string) =>
    typeError(
      fn,
      `a thread must be able to make the model from its configuration (${reason})`,
      `'${model.name}'`,
      'register the classes of your own with tf.serialization.registerClass(), here and in a module of setup; search without an engine otherwise',
    );
  let made: LayersModel | undefined;
  try {
    made = await fromCopy({ topology, values });
    const { description } = new ModelSupernet(fn, made);
    const same = JSON.stringify(description) === JSON.stringify(new ModelSupernet(fn, model).description);
    if (!same || shapesOf(made) !== shapesOf(model)) throw new Error('it comes out as another one');
  } catch (error) {
    // Of an unknown class tfjs says more than helps.
    throw refuse((error as Error).message.split('. ')[0]!);
  } finally {
    if (made) disposeWeights(made);
  }
  return { topology, values };
}
