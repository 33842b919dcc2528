import * as tf from '@tensorflow/tfjs-core';
import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { typeError } from '../../errors';
import { withoutAuxiliary } from '../auxiliary';
import { requireNetwork } from '../require-network';
import { rewrite } from './rewrite';

/**
 * A trained network in nothing but stock layers of tfjs, for evaluation: it can be saved, and loaded by a program that
 * does not have this library.
 *
 * Batch norms are folded into the convolutions before them; a dilated kernel becomes a dense one with zeros between its
 * taps; a factorized reduction becomes one 2x2 convolution of stride 2; drop path, dropout and the auxiliary head are
 * gone. The outputs are the same up to rounding. The new model has weights of its own and does not train like the
 * network: it has no batch norms.
 *
 * @param network - A network of this library, feature maps of one, or what deriveModel() makes of a model of fresh, named
 * operations among common stock layers, each used once, for images of a known size.
 * @throws TypeError for a layer that cannot be rewritten, or images of unknown size.
 */
export function toStandardLayers(network: LayersModel): LayersModel {
  requireNetwork('toStandardLayers', network);
  const main = withoutAuxiliary(network);
  const shape = main.inputs[0]!.shape;
  if (main.inputs.length !== 1 || shape.length !== 4 || shape.slice(1).some((side) => side === null)) {
    throw typeError(
      'toStandardLayers',
      'the network must take images of a known size',
      main.inputs.map((images) => images.shape),
      'create it with an inputShape',
    );
  }
  const images = input({ shape: shape.slice(1), name: main.inputs[0]!.sourceLayer.name });
  const rewritten = new Map<string, SymbolicTensor>([[main.inputs[0]!.name, images]]);
  // The rewritten layers copy their weights when they are built, so nothing of this outlives the tidy.
  tf.tidy(() => {
    for (const layer of main.layers) {
      if (layer.getClassName() === 'InputLayer') continue;
      const node = layer.inboundNodes[0] as unknown as {
        inputTensors: SymbolicTensor[];
        outputTensors: SymbolicTensor[];
      };
      const inputs = node.inputTensors.map(({ name }) => rewritten.get(name)!);
      rewritten.set(node.outputTensors[0]!.name, rewrite(layer, layer.name, inputs));
    }
  });
  const outputs = main.outputs.map(({ name }) => rewritten.get(name)!);
  return model({ inputs: images, outputs, name: `${network.name}_standard` });
}
