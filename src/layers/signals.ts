import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import type { MapShape } from './work';

// Signals [N, T, C] are maps of one column, [N, T, 1, C]. Layers keep the rank of what they are built for; inside they
// compute on maps, so that every kernel is one of maps.

/** Channels of maps or signals. */
export const channelsOf = (shape: MapShape): number => shape[shape.length - 1]!;

/** The sides of a square kernel on maps, or of one that is as long on signals. */
export const kernelSides = (size: number, shape: MapShape): [height: number, width: number] => [
  size,
  shape.length === 3 ? 1 : size,
];

/** Signals as maps of one column; maps as they are. */
export const asMaps = (x: tf.Tensor): tf.Tensor4D => {
  if (x.rank !== 3) return x as tf.Tensor4D;
  const [n, time, channels] = x.shape as [number, number, number];
  return tf.reshape(x, [n, time, 1, channels]);
};

/** Maps of one column as signals again if they are to be of rank 3. */
export const asRank = (y: tf.Tensor, rank: number): tf.Tensor => {
  const [n, time, , channels] = y.shape as [number, number, number, number];
  return rank === 3 && y.rank === 4 ? tf.reshape(y, [n, time, channels]) : y;
};

/** What a layer that was built for inputs of a rank makes of x, in which maps of one column stand for signals. */
export const applyBuilt = (layer: layers.Layer, x: tf.Tensor, rank: number, options: object): tf.Tensor => {
  const y = layer.apply(asRank(x, rank), { ...options }) as tf.Tensor;
  return rank === 3 ? asMaps(y) : y;
};

/**
 * What a layer computes on maps, on its inputs: maps, or signals as maps of one column. What it makes of signals is typed
 * as maps, as most of what it is called by calls it with maps.
 *
 * @throws TypeError if there are not as many inputs as `run` takes, or of another rank.
 */
export function onMaps<T extends tf.Tensor>(
  layer: layers.Layer,
  inputs: tf.Tensor | tf.Tensor[],
  run: (...maps: tf.Tensor4D[]) => T,
): T {
  const given = Array.isArray(inputs) ? inputs : [inputs];
  const rank = given[0]?.shape?.length;
  if (given.length !== run.length || (rank !== 3 && rank !== 4) || given.some((x) => x.shape.length !== rank))
    throw notMaps(
      layer.getClassName(),
      given.map((x) => x?.shape),
    );
  return tf.tidy(() => asRank(run(...given.map(asMaps)), rank) as T);
}

/** The error for what is neither maps nor signals. */
export const notMaps = (fn: string, got: unknown): TypeError =>
  typeError(
    fn,
    'the input must be one batch of maps [N, H, W, C] or signals [N, T, C]',
    got,
    'pass one tensor of rank 4 or 3',
  );

/** The one tensor, of any rank, that a layer is called with. */
export function singleInput(layer: layers.Layer, inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const [x, ...more] = Array.isArray(inputs) ? inputs : [inputs];
  if (!x?.shape || more.length > 0)
    throw typeError(layer.getClassName(), 'the input must be one tensor', inputs, 'pass one');
  return x;
}
