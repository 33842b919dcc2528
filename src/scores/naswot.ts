import * as tf from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  type layers,
  model as modelOf,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { symmetricEigen } from '../analysis';
import { checkOptions, rangeError } from '../errors';
import { disposeWeights, layersWithin } from '../layers/noisy-darts-layer';
import { toStandardLayers } from '../network';
import { EXAMPLE_KEYS, type ExampleScoreOptions } from './jacobian-covariance';
import { checkExamples, normsOf, outputOf, restoring, setNorm } from './support';

const isRelu = (layer: layers.Layer) =>
  ['ReLU', 'reLU'].includes(layer.getClassName()) ||
  ['relu', 'relu6'].includes(String(layer.getConfig().activation));

/** The calls of a layer, which a model may share. */
const calls = (layer: layers.Layer) => [
  ...(layer as unknown as { inboundNodes: unknown[] }).inboundNodes.keys(),
];

/**
 * NASWOT: how differently the ReLUs of a network, before training, fall for different examples,
 *
 * `log |det K|`, K_ij the number of ReLUs that are both on or both off for the examples i and j,
 *
 * with the batch's own statistics in the norms. More is better; two examples that turn on the same ReLUs give -Infinity.
 *
 * It is computed on what `toStandardLayers` makes of the network, where every ReLU is seen. The model is left as it was.
 *
 * @param model - A network of this library, or a model of stock layers.
 * @throws TypeError for what is no model, or fewer than two examples of it; RangeError for a model without ReLUs,
 * or with one inside a model or wrapper.
 *
 * Source: Mellor et al. 2021, "Neural architecture search without training", section 3.
 */
export async function naswot(model: LayersModel, options: ExampleScoreOptions): Promise<number> {
  const { x } = checkOptions('naswot', options, EXAMPLE_KEYS, true);
  checkExamples('naswot', model, x, 2);
  const standard = await restoring(model, () => {
    const norms = normsOf(model);
    // From 0, one pass leaves the batch's statistics, times its share.
    for (const norm of norms) setNorm(norm, { moving_mean: tf.zerosLike, moving_variance: tf.zerosLike });
    tf.dispose(tf.tidy(() => outputOf(model, x, true)));
    for (const norm of norms) {
      const whole = (now: tf.Tensor) => tf.div(now, norm.newest);
      setNorm(norm, { moving_mean: whole, moving_variance: whole });
    }
    return toStandardLayers(model);
  });
  try {
    const relus = layersWithin(standard).filter(isRelu);
    const hidden = relus.find((layer) => !standard.layers.includes(layer));
    if (hidden)
      throw rangeError(
        'naswot',
        'every ReLU must be a layer of the model itself, not of a model or wrapper in it',
        hidden.name,
        'take another score, such as zico()',
      );
    const outputs = relus.flatMap((layer) =>
      calls(layer).map((call) => layer.getOutputAt(call) as SymbolicTensor),
    );
    if (outputs.length === 0)
      throw rangeError('naswot', 'the model must have ReLUs', 0, 'take another score, such as zico()');
    const kernel = tf.tidy(() => {
      const seen = modelOf({ inputs: standard.inputs, outputs }).apply(x) as tf.Tensor | tf.Tensor[];
      const kernels = [seen].flat().map((y) => {
        const on = tf.cast(tf.greater(tf.reshape(y, [x.shape[0]!, -1]), 0), 'float32');
        const off = tf.sub(1, on);
        return tf.add(tf.matMul(on, on, false, true), tf.matMul(off, off, false, true));
      });
      return tf.addN(kernels);
    });
    const matrix = await kernel.data().finally(() => kernel.dispose());
    const { values } = symmetricEigen(matrix, x.shape[0]!);
    // What rounding leaves of an eigenvalue of 0.
    const least = values[0]! * 1e-9;
    return values.reduce(
      (score, value) => score + (value > least ? Math.log(value) : Number.NEGATIVE_INFINITY),
      0,
    );
  } finally {
    disposeWeights(standard);
  }
}
