import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import { concatChannels } from '../kernels';
import { maxPoolSquares } from '../kernels/max-pool';
import { shuffleChannels, splitChannels } from '../kernels/partial-channels';

import { channelsOf } from './signals';
import type { MapShape } from './work';

/** The shape of what the candidates of an edge see, one of `share` channels. */
export function sharedShape(fn: string, shape: MapShape, share: number): MapShape {
  const channels = channelsOf(shape);
  if (!Number.isInteger(share) || share < 1 || channels % share !== 0) {
    throw rangeError(
      fn,
      `channelShare must be a positive integer that divides the ${channels} channels`,
      share,
      'use for example 4',
    );
  }
  return [...shape.slice(0, -1), channels / share] as MapShape;
}

interface PartialMixture {
  readonly share: number;
  readonly stride: number;
  /** Number of candidates, K. */
  readonly candidates: number;
  /** The mixture of the candidates with weights [K]. */
  readonly mix: (x: tf.Tensor4D, weights: tf.Tensor1D) => tf.Tensor4D;
}

/**
 * An edge whose candidates see the first C/share channels of x [N, H, W, C]; the others pass by, and all are shuffled so
 * that the next edge's first ones come from both.
 *
 * @param weights - [K], or [K + 1] with a weight for the channels that pass by, otherwise 1.
 *
 * Source: Xu et al. 2020, "PC-DARTS", section 3.2; its code, model_search.py.
 */
export function partialChannels(
  x: tf.Tensor4D,
  weights: tf.Tensor1D,
  { share, stride, candidates, mix }: PartialMixture,
): tf.Tensor4D {
  const channels = x.shape[3] / share;
  const [seen, others] = splitChannels({ x }, { channels: [channels, x.shape[3] - channels] }) as [
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const mixed = mix(seen, tf.slice1d(weights, 0, candidates));
  const passed = stride > 1 ? maxPoolSquares(others, stride) : others;
  const scaled =
    weights.shape[0] > candidates ? tf.mul<tf.Tensor4D>(passed, tf.slice1d(weights, candidates, 1)) : passed;
  return shuffleChannels({ x: concatChannels([mixed, scaled]) }, { groups: share });
}
