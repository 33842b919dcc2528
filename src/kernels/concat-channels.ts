import * as tf from '@tensorflow/tfjs-core';
import { requireTensors, typeError } from '../errors';
import { defineKernel, type KernelType } from './kernel';

export type ConcatChannels = KernelType<
  'NoisyDartsConcatChannels',
  readonly tf.Tensor4D[],
  { channels: readonly number[] },
  tf.Tensor4D
>;
export type ConcatChannelsPartGrad = KernelType<
  'NoisyDartsConcatChannelsPartGrad',
  { dy: tf.Tensor4D },
  { offset: number; channels: number },
  tf.Tensor4D
>;

const partGrad = defineKernel<ConcatChannelsPartGrad>({
  name: 'NoisyDartsConcatChannelsPartGrad',
  body: ({ dy }, { offset, channels }) => {
    const [n, h, w] = dy.shape;
    return tf.slice(dy, [0, 0, 0, offset], [n, h, w, channels]);
  },
});

const forward = defineKernel<ConcatChannels>({
  name: 'NoisyDartsConcatChannels',
  body: (maps) => tf.concat([...maps], 3),
  gradient: (dy, _saved, { channels }) => {
    let next = 0;
    return Object.fromEntries(
      channels.map((count, index) => {
        const offset = next;
        next += count;
        return [index, () => partGrad({ dy }, { offset, channels: count })];
      }),
    );
  },
});

/**
 * Maps behind each other, channel by channel: [N, H, W, C_0], [N, H, W, C_1], ... to [N, H, W, C_0 + C_1 + ...].
 *
 * `tf.concat` along the last axis, which keeps none of the maps for the gradient.
 *
 * @param maps - One or more maps [N, H, W, C].
 * @throws TypeError if there is none or N, H or W differ.
 */
export function concatChannels(maps: readonly tf.Tensor4D[]): tf.Tensor4D {
  requireTensors('concatChannels', 'maps', maps);
  const size = (map: tf.Tensor4D) => map.shape.slice(0, 3);
  const odd = maps.find((map) => !tf.util.arraysEqual(size(map), size(maps[0]!)));
  if (maps.length === 0 || odd) {
    throw typeError(
      'concatChannels',
      'there must be maps of one batch size, height and width',
      odd?.shape ?? maps.length,
      'pass at least one map',
    );
  }
  return forward(maps, { channels: maps.map((map) => map.shape[3]) });
}
