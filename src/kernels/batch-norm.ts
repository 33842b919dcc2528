import * as tf from '@tensorflow/tfjs-core';
import { requireObject, requireTensor, typeError } from '../errors';
import { requireMap } from './geometry';
import { defineKernel, type KernelType } from './kernel';
import { channelSums } from './taps';

/** PyTorch's default guard against division by zero. */
export const BATCH_NORM_EPSILON = 1e-5;

type Attributes = { epsilon: number };
type Affine = { x: tf.Tensor4D; scale: tf.Tensor1D; offset: tf.Tensor1D };
type Statistics = { dy: tf.Tensor4D; x: tf.Tensor4D; mean: tf.Tensor1D; variance: tf.Tensor1D };
type Normalized = [y: tf.Tensor4D, mean: tf.Tensor1D, variance: tf.Tensor1D];

export type BatchNorm = KernelType<'NoisyDartsBatchNorm', { x: tf.Tensor4D }, Attributes, Normalized>;
export type BatchNormAffineKernel = KernelType<'NoisyDartsBatchNormAffine', Affine, Attributes, Normalized>;
export type BatchNormInputGrad = KernelType<
  'NoisyDartsBatchNormInputGrad',
  Statistics,
  Attributes,
  tf.Tensor4D
>;
export type BatchNormScaleGrad = KernelType<
  'NoisyDartsBatchNormScaleGrad',
  Statistics,
  Attributes,
  tf.Tensor1D
>;
export type RunningUpdate = KernelType<
  'NoisyDartsRunningUpdate',
  { mean: tf.Tensor1D; variance: tf.Tensor1D; batchMean: tf.Tensor1D; batchVariance: tf.Tensor1D },
  { momentum: number; correction: number },
  [mean: tf.Tensor1D, variance: tf.Tensor1D]
>;

const reciprocalDeviation = (variance: tf.Tensor1D, epsilon: number): tf.Tensor1D =>
  tf.rsqrt(tf.add<tf.Tensor1D>(variance, epsilon));

function normalize(x: tf.Tensor4D, epsilon: number): Normalized {
  const rows = x.size / x.shape[3];
  const mean = tf.div<tf.Tensor1D>(channelSums(x), rows);
  const centred = tf.sub<tf.Tensor4D>(x, mean);
  const variance = tf.div<tf.Tensor1D>(channelSums(tf.square(centred)), rows);
  return [tf.mul(centred, reciprocalDeviation(variance, epsilon)), mean, variance];
}

/** Gradient of the normalised maps with respect to `x`, batch statistics included. */
const inputGrad = defineKernel<BatchNormInputGrad>({
  name: 'NoisyDartsBatchNormInputGrad',
  body: ({ dy, x, mean, variance }, { epsilon }) => {
    const rows = x.size / x.shape[3];
    const r = reciprocalDeviation(variance, epsilon);
    const normalized = tf.mul(tf.sub(x, mean), r);
    const meanDy = tf.div(channelSums(dy), rows);
    const meanProduct = tf.div(channelSums(tf.mul(dy, normalized)), rows);
    return tf.mul(tf.sub(tf.sub(dy, meanDy), tf.mul(normalized, meanProduct)), r);
  },
});

const plain = defineKernel<BatchNorm>({
  name: 'NoisyDartsBatchNorm',
  body: ({ x }, { epsilon }) => normalize(x, epsilon),
  saveInputs: ['x'],
  saveOutputs: [false, true, true],
  gradient: ([dy], saved, attrs) => {
    const [x, mean, variance] = saved as Normalized;
    return { x: () => inputGrad({ dy, x, mean, variance }, attrs) };
  },
});

const scaleGrad = defineKernel<BatchNormScaleGrad>({
  name: 'NoisyDartsBatchNormScaleGrad',
  body: ({ dy, x, mean, variance }, { epsilon }) =>
    tf.mul(channelSums(tf.mul(dy, tf.sub(x, mean))), reciprocalDeviation(variance, epsilon)),
});

const affine = defineKernel<BatchNormAffineKernel>({
  name: 'NoisyDartsBatchNormAffine',
  body: ({ x, scale, offset }, { epsilon }) => {
    const [y, mean, variance] = normalize(x, epsilon);
    return [tf.add(tf.mul(y, scale), offset), mean, variance];
  },
  saveInputs: ['x', 'scale'],
  saveOutputs: [false, true, true],
  gradient: ([dy], saved, attrs) => {
    const [x, scale, mean, variance] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const statistics = { x, mean, variance };
    return {
      x: () => inputGrad({ dy: tf.mul(dy, scale), ...statistics }, attrs),
      scale: () => scaleGrad({ dy, ...statistics }, attrs),
      offset: () => channelSums(dy),
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
  requireParameters('batchNormTrain', parameters, x.shape[3]);
  const [y, mean, variance] = parameters
    ? affine({ x, scale: parameters.scale, offset: parameters.offset }, { epsilon })
    : plain({ x }, { epsilon });
  return { y, mean, variance };
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
  requireParameters('batchNormInference', parameters, x.shape[3]);
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
  for (const [what, statistics] of [
    ['running', running],
    ['batch', batch],
  ] as const)
    requireObject('updateRunning', what, statistics, 'pass { mean, variance }', 'mean', 'variance');
  const [mean, variance] = runningUpdate(
    { ...running, batchMean: batch.mean, batchVariance: batch.variance },
    { momentum, correction: count / (count - 1) },
  );
  return { mean, variance };
}

const runningUpdate = defineKernel<RunningUpdate>({
  name: 'NoisyDartsRunningUpdate',
  body: ({ mean, variance, batchMean, batchVariance }, { momentum, correction }) => [
    tf.add(tf.mul(mean, 1 - momentum), tf.mul(batchMean, momentum)),
    tf.add(tf.mul(variance, 1 - momentum), tf.mul(batchVariance, momentum * correction)),
  ],
});

function requireParameters(fn: string, parameters: BatchNormAffine | undefined, channels: number): void {
  if (parameters === undefined) return;
  requireObject(fn, 'the parameters', parameters, 'pass { scale, offset }', 'scale', 'offset');
  requireChannels(fn, 'scale', parameters.scale, channels);
  requireChannels(fn, 'offset', parameters.offset, channels);
}

function requireChannels(fn: string, what: string, vector: tf.Tensor, channels: number): void {
  requireTensor(fn, what, vector);
  if (vector.shape.length !== 1 || vector.shape[0] !== channels) {
    throw typeError(fn, `${what} must be [${channels}]`, vector.shape, 'give one number a channel');
  }
}
