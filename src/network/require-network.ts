import { LayersModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';

/** Refuses what is no model. */
export function requireNetwork(fn: string, network: unknown): void {
  if (!(network instanceof LayersModel))
    throw typeError(fn, 'the network must be a tf.LayersModel', network, 'pass what createNetwork() returns');
}
