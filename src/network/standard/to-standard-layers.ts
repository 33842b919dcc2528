import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../../errors';
import { withoutAuxiliary } from '../auxiliary';
import { requireNetwork } from '../require-network';
import { requireForms, standardModel } from './rewrite';

/**
 * A trained network in nothing but stock layers of tfjs, for evaluation: it can be saved, and loaded by a program that
 * does not have this library.
 *
 * Batch norms are folded into the convolutions before them; a dilated kernel becomes a dense one with zeros between its
 * taps; a factorized reduction becomes one 2x2 convolution of stride 2; drop path, dropout and the auxiliary head are
 * gone. The outputs are the same up to rounding. The new model has weights of its own and does not train like the
 * network: it has no batch norms.
 *
 * The graph stays as it is: several inputs and outputs, models inside the model, layers that are used more than once.
 * {@link defineStandard} tells about layer classes of one's own.
 *
 * @param network - A network of this library, feature maps of one, or a model of one's own that holds its operations among
 * stock layers, such as deriveModel() makes, for inputs of a known size.
 * @throws TypeError for a layer that cannot be rewritten, or inputs of unknown size.
 */
export function toStandardLayers(network: LayersModel): LayersModel {
  requireNetwork('toStandardLayers', network);
  const main = withoutAuxiliary(network);
  if (main.inputs.some(({ shape }) => shape.slice(1).includes(null)))
    throw typeError(
      'toStandardLayers',
      'the network must take inputs of a known size',
      main.inputs.map((images) => images.shape),
      'create it with an inputShape',
    );
  requireForms(main);
  let standard: LayersModel | undefined;
  // The rewritten layers copy their weights when they are built, so nothing of this outlives the tidy.
  tf.tidy(() => {
    standard = standardModel(main, `${network.name}_standard`);
  });
  return standard!;
}
