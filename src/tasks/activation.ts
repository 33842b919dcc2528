import * as tf from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import { functional } from '../layers/functional';
import type { OutputActivation, OutputReader } from './task';

/** Probabilities below it count as this, as in tfjs's own losses. */
const LEAST = 1e-7;

const inverses: { readonly [A in OutputActivation]: (y: tf.Tensor) => tf.Tensor } = {
  softmax: (y) => tf.log(tf.maximum(y, LEAST)),
  sigmoid(y) {
    const p = tf.clipByValue(y, LEAST, 1 - LEAST);
    return tf.sub(tf.log(p), tf.log(tf.sub(1, p)));
  },
};

/** What a model's first output went through last, if it is what a loss may apply by itself. */
export function activationOf(model: LayersModel): OutputActivation | undefined {
  const { sourceLayer, tensorIndex = 0 } = functional(model).outputs[0]!;
  if (sourceLayer instanceof LayersModel) return activationOf(sourceLayer);
  const name = sourceLayer.getClassName() === 'Softmax' ? 'softmax' : sourceLayer.getConfig().activation;
  return tensorIndex === 0 && Object.hasOwn(inverses, String(name)) ? (name as OutputActivation) : undefined;
}

/** How a task whose loss applies an activation reads the outputs of a model that ends in it; undefined where none does. */
export function readerOf(model: LayersModel): OutputReader | undefined {
  const activation = activationOf(model);
  return (
    activation &&
    ((task, fn) => {
      if (!task.applies) return task;
      if (task.applies !== activation)
        throw typeError(
          fn,
          `the loss of '${task.settings.kind}' applies a ${task.applies} by itself, and the model must end in that or in none`,
          activation,
          "leave the last layer's activation out",
        );
      const read = (outputs: tf.Tensor) => tf.tidy(() => inverses[activation](outputs));
      return {
        ...task,
        loss: (outputs, targets) => tf.tidy(() => task.loss(read(outputs), targets)),
        async scores(losses, outputs, targets) {
          const before = read(outputs);
          return task.scores(losses, before, targets).finally(() => before.dispose());
        },
      };
    })
  );
}
