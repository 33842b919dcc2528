import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { AugmentationOptions, Dataset, Normalization } from '../../data';
import type { Seed } from '../../random';
import type { TrainingRunOptions, WeightTraining } from '../../runs';
import type { TaskSettings } from '../../tasks';
import type { NetworkEngine } from './engine';

/** Options of {@link trainNetwork}. */
export interface TrainingOptions extends TrainingRunOptions {
  /** The network, with or without an auxiliary output; it is trained in place. */
  readonly network: LayersModel;
  /** What is to be learnt: one of `noisydarts/tasks`. Default `classification()`. */
  readonly task?: TaskSettings;
  /** Examples to train on. */
  readonly train: Dataset;
  /**
   * What the best weights are chosen on: a data set apart from `train` and from the test images, a share of `train` to set
   * aside, in an order of the seed's, or 0 for none: then the last weights are the best. Default 0.1.
   */
  readonly heldOut?: Dataset | number;
  /** Length of the whole run. Default 600. */
  readonly epochs?: number;
  /** Images a batch. Default 96. */
  readonly batchSize?: number;
  /** Seed of order, augmentation and the held-out part; drop path follows the network's seed. Default 0. */
  readonly seed?: Seed;
  /**
   * Augmentation of the training batches; its normalisation serves evaluation too. Default none; the paper's for CIFAR-10
   * is `trainingAugmentation(normalizations.cifar10)`.
   */
  readonly augment?: AugmentationOptions;
  /** Default: the paper's, learning rate 0.025 falling to 0, momentum 0.9, weight decay 3e-4, clip 5. */
  readonly weights?: WeightTraining;
  /** Weight of the auxiliary head's loss, if there is one. Default 0.4. */
  readonly auxiliaryWeight?: number;
  /** Rate that the drop path rises to, linearly over the epochs. Default 0.2. */
  readonly dropPath?: number;
  /** Evaluate the held-out part after this many epochs, and after the last. Default 1. */
  readonly evaluateEvery?: number;
  /**
   * Computes the gradients and the evaluations; `threadedNetwork()` of `noisydarts/node` makes one that spreads batches over
   * threads. Its task is the training's. Default: this thread.
   */
  readonly engine?: NetworkEngine;
}

/**
 * The paper's augmentation for training found networks on CIFAR-10: crop after padding 4, flip, normalise, cutout 16.
 *
 * Source: official code, train.py.
 */
export function trainingAugmentation(normalize: Normalization): AugmentationOptions {
  return { crop: { padding: 4 }, flip: true, normalize, cutout: { length: 16 } };
}
