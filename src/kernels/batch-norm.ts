import * as tf from '@tensorflow/tfjs-core';
import { typeError } from '../errors';
import { requireMap } from './geometry';
import { defineKernel } from './kernel';
import { channelSums } from './taps';

/** PyTorch's default guard against division by zero. */
export const BATCH_NORM_EPSILON = 1e-5;

type Attributes = { epsilon: number };
type Plain = { x: tf.Tensor };
type Affine = { x: tf.Tensor; scale: tf.Tensor; offset: tf.Tensor };
type Statistics = { dy: tf.Tensor; x: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor };

const reciprocalDeviation = (variance: tf.Tensor, epsilon: number) => tf.rsqrt(tf.add(variance, epsilon));

function normalize(x: tf.Tensor, epsilon: number): [y: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor] {
  const rows = x.size / x.shape[3]!;
  const mean = tf.div(channelSums(x as tf.Tensor4D), rows);
  const centred = tf.sub(x, mean);
  const variance = tf.div(channelSums(tf.square(centred) as tf.Tensor4D), rows);
  return [tf.mul(centred, reciprocalDeviation(variance, epsilon)), mean, variance];
}

/** Gradient of the normalised maps with respect to `x`, batch statistics included. */
const inputGrad = defineKernel<Statistics, Attributes>({
  name: 'NoisyDartsBatchNormInputGrad',
  body: ({ dy, x, mean, variance }, { epsilon }) => {
    const rows = x.size / x.shape[3]!;
    const r = reciprocalDeviation(variance, epsilon);
    const normalized = tf.mul(tf.sub(x, mean), r);
    const meanDy = tf.div(channelSums(dy as tf.Tensor4D), rows);
    const meanProduct = tf.div(channelSums(tf.mul(dy, normalized) as tf.Tensor4D), rows);
    return tf.mul(tf.sub(tf.sub(dy, meanDy), tf.mul(normalized, meanProduct)), r);
  },
});

const plain = defineKernel<Plain, Attributes, tf.Tensor[]>({
  name: 'NoisyDartsBatchNorm',
  body: ({ x }, { epsilon }) => normalize(x, epsilon),
  saveInputs: ['x'],
  saveOutputs: [false, true, true],
  gradient: (dys, [x, mean, variance], attrs) => ({
    x: () => inputGrad({ dy: (dys as tf.Tensor[])[0]!, x: x!, mean: mean!, variance: variance! }, attrs),
  }),
});

const scaleGrad = defineKernel<Statistics, Attributes>({
  name: 'NoisyDartsBatchNormScaleGrad',
  body: ({ dy, x, mean, variance }, { epsilon }) =>
    tf.mul(channelSums(tf.mul(dy, tf.sub(x, mean)) as tf.Tensor4D), reciprocalDeviation(variance, epsilon)),
});

const affine = defineKernel<Affine, Attributes, tf.Tensor[]>({
  name: 'NoisyDartsBatchNormAffine',
  body: ({ x, scale, offset }, { epsilon }) => {
    const [y, mean, variance] = normalize(x, epsilon);
    return [tf.add(tf.mul(y, scale), offset), mean, variance];
  },
  saveInputs: ['x', 'scale'],
  saveOutputs: [false, true, true],
  gradient: (dys, [x, scale, mean, variance], attrs) => {
    const dy = (dys as tf.Tensor[])[0]!;
    const statistics = { x: x!, mean: mean!, variance: variance! };
    return {
      x: () => inputGrad({ dy: tf.mul(dy, scale!), ...statistics }, attrs),
      scale: () => scaleGrad({ dy, ...statistics }, attrs),
      offset: () => channelSums(dy as tf.Tensor4D),
    };
  },
});

/** Scale and offset of an affine batch norm, one number a channel. */
export interface BatchNormAffine {
  /** [C], starts at 1. */
  readonly scale: tf.Tensor1D;
  /** [C], starts at 0. */
  readonly offset: tf.Tensor1D;
}

/** What {@link batchNormTrain} returns. */
export interface BatchNormTrainResult {
  /** Normalised maps [N, H, W, C]. */
  readonly y: tf.Tensor4D;
  /** Mean of the batch [C]; no gradient flows through it. */
  readonly mean: tf.Tensor1D;
  /** Biased variance of the batch [C]; no gradient flows through it. */
  readonly variance: tf.Tensor1D;
}

/**
 * Batch normalisation by the statistics of the batch, as in training.
 *
 * `y = (x - mean) / sqrt(variance + epsilon) * scale + offset`, mean and biased variance over N, H and W.
 *
 * @param x - Maps [N, H, W, C].
 * @param parameters - Scale and offset, or undefined for a norm without them (the search's).
 * @param epsilon - Default 1e-5, PyTorch's.
 * @throws TypeError if a parameter is not [C].
 */
export function batchNormTrain(
  x: tf.Tensor4D,
  parameters?: BatchNormAffine,
  epsilon = BATCH_NORM_EPSILON,
): BatchNormTrainResult {
  requireMap('batchNormTrain', x);
  if (parameters) {
    requireChannels('batchNormTrain', 'scale', parameters.scale, x.shape[3]);
    requireChannels('batchNormTrain', 'offset', parameters.offset, x.shape[3]);
  }
  const [y, mean, variance] = parameters
    ? affine({ x, scale: parameters.scale, offset: parameters.offset }, { epsilon })
    : plain({ x }, { epsilon });
  return { y: y as tf.Tensor4D, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

/**
 * Batch normalisation by given statistics, as in evaluation: an affine map of each channel.
 *
 * `y = (x - mean) / sqrt(variance + epsilon) * scale + offset`
 *
 * @param x - Maps [N, H, W, C].
 * @param mean - Running mean [C].
 * @param variance - Running variance [C].
 * @param parameters - Scale and offset, or undefined.
 * @param epsilon - Default 1e-5, PyTorch's.
 */
export function batchNormInference(
  x: tf.Tensor4D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  parameters?: BatchNormAffine,
  epsilon = BATCH_NORM_EPSILON,
): tf.Tensor4D {
  requireMap('batchNormInference', x);
  requireChannels('batchNormInference', 'mean', mean, x.shape[3]);
  requireChannels('batchNormInference', 'variance', variance, x.shape[3]);
  return tf.tidy(() => {
    const r = reciprocalDeviation(variance, epsilon);
    const factor = parameters ? tf.mul(r, parameters.scale) : r;
    const y = tf.mul(tf.sub(x, mean), factor) as tf.Tensor4D;
    return parameters ? (tf.add(y, parameters.offset) as tf.Tensor4D) : y;
  });
}

/** Mean and variance of every channel. */
export interface ChannelStatistics {
  /** [C]. */
  readonly mean: tf.Tensor1D;
  /** [C]. */
  readonly variance: tf.Tensor1D;
}

/**
 * The running statistics after one more batch: `running + momentum (batch - running)`.
 *
 * As in PyTorch the batch variance that goes in is the unbiased one, `variance * n / (n - 1)` over n = N H W values.
 *
 * @param batch - Mean and biased variance of the batch.
 * @param momentum - Share of the batch.
 * @param count - The n values a channel of the batch, 2 or more.
 */
export function updateRunning(
  running: ChannelStatistics,
  batch: ChannelStatistics,
  momentum: number,
  count: number,
): ChannelStatistics {
  const [mean, variance] = runningUpdate(
    { ...running, batchMean: batch.mean, batchVariance: batch.variance },
    { momentum, correction: count / (count - 1) },
  );
  return { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

const runningUpdate = defineKernel<
  { mean: tf.Tensor; variance: tf.Tensor; batchMean: tf.Tensor; batchVariance: tf.Tensor },
  { momentum: number; correction: number },
  tf.Tensor[]
>({
  name: 'NoisyDartsRunningUpdate',
  body: ({ mean, variance, batchMean, batchVariance }, { momentum, correction }) => [
    tf.add(tf.mul(mean, 1 - momentum), tf.mul(batchMean, momentum)),
    tf.add(tf.mul(variance, 1 - momentum), tf.mul(batchVariance, momentum * correction)),
  ],
});

function requireChannels(fn: string, what: string, vector: tf.Tensor, channels: number): void {
  if (vector.shape.length !== 1 || vector.shape[0] !== channels) {
    throw typeError(fn, `${what} must be [${channels}]`, vector.shape, 'give one number a channel');
  }
}
