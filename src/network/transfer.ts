import { type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import { Classifier } from '../layers';
import { allOrNothing } from '../layers/all-or-nothing';
import type { Seed } from '../random';
import { describeNetwork, networkDescription } from './description';
import { FeatureDropout } from './feature-dropout';
import { requireNetwork } from './require-network';

/** Options of {@link transferNetwork}. */
export interface TransferOptions {
  /** Number of the new classes. Default 10. */
  readonly classes?: number;
  /** Rate of dropout before the new classifier. Default 0.1. */
  readonly dropout?: number;
  /** Seed of the new classifier's weights and of the dropout. Default 0. */
  readonly seed?: Seed;
}

const KEYS = { classes: true, dropout: true, seed: 'seed' } satisfies OptionKeys<TransferOptions>;

/**
 * A network for other classes on the features of a trained one: everything up to its classifier, shared with it, then
 * dropout and a new classifier (`transfer_dropout`, `transfer_classifier`).
 *
 * The shared layers go on training; set `trainable = false` on those that must not.
 *
 * @param network - A network of this library.
 * @throws TypeError if the network does not end in a classifier; RangeError for a bad rate or number of classes.
 *
 * Source: official code, verify_transfer.py.
 */
export function transferNetwork(network: LayersModel, options: TransferOptions = {}): LayersModel {
  requireNetwork('transferNetwork', network);
  const { classes = 10, dropout = 0.1, seed = 0 } = checkOptions('transferNetwork', options, KEYS);
  if (!Number.isInteger(classes) || classes < 1) {
    throw rangeError('transferNetwork', 'classes must be a positive integer', classes, 'use for example 10');
  }
  const old = network.layers.find((layer) => layer instanceof Classifier);
  if (!old) {
    throw typeError(
      'transferNetwork',
      'the network must have a classifier of this library',
      network.layers.map((layer) => layer.getClassName()),
      'pass a network from createNetwork() or createMobileNetwork()',
    );
  }
  const seeded = (name: string) => ({ name, seed: `${seed}/${name}` });
  let features = old.input as SymbolicTensor;
  // The dropout of the old classifier gives way to the new one's.
  if (features.sourceLayer instanceof FeatureDropout) features = features.sourceLayer.input as SymbolicTensor;
  return allOrNothing(() => {
    const dropped = new FeatureDropout({ ...seeded('transfer_dropout'), rate: dropout }).apply(features);
    const logits = new Classifier({ ...seeded('transfer_classifier'), classes }).apply(dropped);
    const transferred = model({ inputs: network.inputs, outputs: logits as SymbolicTensor });
    const description = networkDescription(network);
    return description ? describeNetwork(transferred, description) : transferred;
  });
}
