import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import { disposeWeights, layersWithin, variableOf } from '../layers/noisy-darts-layer';
// Its layers become known to tfjs.
import '../network';

/** A model as it travels to another thread. */
export interface ModelCopy {
  /** Its configuration, as tfjs saves it. */
  readonly topology: string;
  /** Whether each of its layers trains, those inside others too: a configuration may not say so, and the order of weights follows it. */
  readonly trainable: readonly boolean[];
  /** The values of its weights, in order, those that do not train too. */
  readonly values: readonly Float32Array[];
}

const shapesOf = (model: LayersModel) => JSON.stringify(model.weights.map(({ shape }) => shape));

/** The model of a copy, on this thread. */
export async function fromCopy({ topology, trainable, values }: ModelCopy): Promise<LayersModel> {
  const model = await loadLayersModel(tf.io.fromMemory({ modelTopology: JSON.parse(topology) }));
  for (const [i, layer] of layersWithin(model).entries())
    if (layer.trainable !== trainable[i]) layer.trainable = trainable[i] ?? layer.trainable;
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
 * @param describe - What a copy must have in common with it, plain JSON.
 * @throws TypeError if what is made of it there is another model.
 */
export async function copyModel(
  fn: string,
  model: LayersModel,
  describe: (model: LayersModel) => unknown,
): Promise<ModelCopy> {
  const topology = model.toJSON() as string;
  const trainable = layersWithin(model).map((layer) => layer.trainable);
  const values = await Promise.all(
    model.weights.map(async (weight) => Float32Array.from(await variableOf(weight).data())),
  );
  const refuse = (reason: string) =>
    typeError(
      fn,
      `a thread must be able to make the model from its configuration (${reason})`,
      `'${model.name}'`,
      'register the classes of your own with tf.serialization.registerClass(), here and in a module of setup; do without an engine otherwise',
    );
  let made: LayersModel | undefined;
  try {
    made = await fromCopy({ topology, trainable, values });
    const same = JSON.stringify(describe(made)) === JSON.stringify(describe(model));
    if (!same || shapesOf(made) !== shapesOf(model)) throw new Error('it comes out as another one');
  } catch (error) {
    // Of an unknown class tfjs says more than helps.
    throw refuse((error as Error).message.split('. ')[0]!);
  } finally {
    if (made) disposeWeights(made);
  }
  return { topology, trainable, values };
}
