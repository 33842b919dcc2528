import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';

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
      'use for example 4, and a multiple of 4 channels',
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
  const seen = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, channels]);
  const others = tf.slice(x, [0, 0, 0, channels], [-1, -1, -1, x.shape[3] - channels]);
  const mixed = mix(seen, tf.slice1d(weights, 0, candidates));
  // On the one column of a signal 'same' adds what a maximum does not see.
  const passed = stride > 1 ? tf.maxPool(others, stride, stride, 'same') : others;
  const scaled =
    weights.shape[0] > candidates ? tf.mul<tf.Tensor4D>(passed, tf.slice1d(weights, candidates, 1)) : passed;
  return shuffle(tf.concat([mixed, scaled], 3), share);
}

/** Deals the channels of `groups` equal blocks out in turn. */
function shuffle(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const blocks = tf.reshape(x, [n * h * w, groups, c / groups]);
  return tf.reshape(tf.transpose(blocks, [0, 2, 1]), [n, h, w, c]);
}
