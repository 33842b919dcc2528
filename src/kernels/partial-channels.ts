import * as tf from '@tensorflow/tfjs-core';
import { concatChannels } from './concat-channels';
import { defineKernel, type KernelType } from './kernel';

export type SplitChannels = KernelType<
  'NoisyDartsSplitChannels',
  { x: tf.Tensor4D },
  { channels: readonly number[] },
  tf.Tensor4D[]
>;
export type ShuffleChannels = KernelType<
  'NoisyDartsShuffleChannels',
  { x: tf.Tensor4D },
  { groups: number },
  tf.Tensor4D
>;

/** Parts of so many channels each of maps [N, H, W, C], in order; nothing is kept for the gradient. */
export const splitChannels = defineKernel<SplitChannels>({
  name: 'NoisyDartsSplitChannels',
  body: ({ x }, { channels }) => tf.split(x, channels as number[], 3),
  gradient: (dys) => ({ x: () => concatChannels(dys) }),
});

/**
 * Deals the channels of `groups` equal blocks of maps [N, H, W, C] out in turn:
 * `y[..., groups j + g] = x[..., g C / groups + j]`.
 */
export const shuffleChannels = defineKernel<ShuffleChannels>({
  name: 'NoisyDartsShuffleChannels',
  body: ({ x }, { groups }) =>
    tf.reshape(tf.transpose(tf.reshape(x, [-1, groups, x.shape[3] / groups]), [0, 2, 1]), x.shape),
  gradient: (dy, _saved, { groups }): { x: () => tf.Tensor } => ({
    x: () => shuffleChannels({ x: dy }, { groups: dy.shape[3] / groups }),
  }),
});
