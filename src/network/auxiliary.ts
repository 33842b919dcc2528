import { type LayersModel, model } from '@tensorflow/tfjs-layers';
import { describeNetwork, networkDescription } from './description';

/**
 * The network as it is used after training: the first output alone. It shares its layers with the given one.
 *
 * @param network - A network with or without an auxiliary output.
 */
export function withoutAuxiliary(network: LayersModel): LayersModel {
  if (network.outputs.length === 1) return network;
  const main = model({ inputs: network.inputs, outputs: network.outputs[0]!, name: `${network.name}_main` });
  const description = networkDescription(network);
  return description ? describeNetwork(main, description) : main;
}
