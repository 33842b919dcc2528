import { type LayersModel, model } from '@tensorflow/tfjs-layers';
import { AuxiliaryHead } from './auxiliary-head';
import { describeNetwork, networkDescription } from './description';
import { requireNetwork } from './require-network';

/**
 * The network as it is used after training: without the auxiliary head's output. It shares its layers with the given
 * one, and is the given one if that has no auxiliary head.
 */
export function withoutAuxiliary(network: LayersModel): LayersModel {
  requireNetwork('withoutAuxiliary', network);
  const outputs = network.outputs.filter(({ sourceLayer }) => !(sourceLayer instanceof AuxiliaryHead));
  if (outputs.length === network.outputs.length) return network;
  const main = model({ inputs: network.inputs, outputs, name: `${network.name}_main` });
  const description = networkDescription(network);
  return description ? describeNetwork(main, description) : main;
}
