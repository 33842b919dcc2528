import type { LayersModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../../errors';
import { withoutAuxiliary } from '../auxiliary';

/** Refuses what is no network that gives logits. */
export function checkNetwork(fn: string, network: LayersModel): void {
  if (!Array.isArray(network?.inputs) || !(network.outputs?.[0] && network.outputs[0].shape.length > 1))
    throw typeError(
      fn,
      'network must be a tf.LayersModel that gives logits [N, classes]',
      (network as object | undefined)?.constructor,
      'pass what createNetwork() returns; search() trains supernets, and evaluate() tests them',
    );
  const { outputs } = withoutAuxiliary(network);
  if (outputs.length !== 1)
    throw typeError(
      fn,
      'network must have one output, beside an auxiliary head',
      outputs.map(({ shape }) => shape),
      'train others with compile() and fit()',
    );
}
