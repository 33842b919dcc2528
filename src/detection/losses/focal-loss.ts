import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError, requireTensor, typeError } from '../../errors';

/** Options of {@link focalLoss}. */
export interface FocalLossOptions {
  /** How much less what is already right counts. Default 2. */
  readonly gamma?: number;
  /** Weight of the objects; that of the background is 1 - alpha. Default 0.25. */
  readonly alpha?: number;
}

const KEYS = { gamma: true, alpha: true } satisfies OptionKeys<FocalLossOptions>;

/**
 * Sum of the focal losses of independent classes: `-alpha_t (1 - p_t)^gamma log p_t`, `p = sigmoid(logits)`, p_t = p and
 * alpha_t = alpha where the target is 1, p_t = 1 - p and alpha_t = 1 - alpha where it is 0.
 *
 * @param logits - [A, classes].
 * @param targets - Zeros and ones of the same shape.
 * @param weights - Factor of each row [A], 0 for anchors that are left out.
 * @throws TypeError if the shapes do not match; RangeError if gamma is negative or alpha not on [0, 1].
 *
 * Source: Lin et al., "Focal Loss for Dense Object Detection", equation 5.
 */
export function focalLoss(
  logits: tf.Tensor2D,
  targets: tf.Tensor2D,
  weights: tf.Tensor1D,
  options: FocalLossOptions = {},
): tf.Scalar {
  checkOptions('focalLoss', options, KEYS);
  const { gamma = 2, alpha = 0.25 } = options;
  requireTensor('focalLoss', 'logits', logits, 2);
  requireTensor('focalLoss', 'targets', targets, 2);
  requireTensor('focalLoss', 'weights', weights, 1);
  if (!tf.util.arraysEqual(logits.shape, targets.shape) || weights.shape[0] !== logits.shape[0])
    throw typeError(
      'focalLoss',
      'targets must have the shape of the logits, and weights one number a row',
      [logits.shape, targets.shape, weights.shape],
      'pass [A, classes], [A, classes] and [A]',
    );
  if (!(gamma >= 0 && Number.isFinite(gamma)))
    throw rangeError('focalLoss', 'gamma must not be negative', gamma, 'pass for example 2');
  if (!(alpha >= 0 && alpha <= 1))
    throw rangeError('focalLoss', 'alpha must be on [0, 1]', alpha, 'pass for example 0.25');
  return tf.tidy(() => {
    // With z = +logit for objects and -logit for background, p_t = sigmoid(z) and -log p_t = softplus(-z).
    const z = tf.mul(logits, tf.sub(tf.mul(targets, 2), 1));
    const wrong = tf.sigmoid(tf.neg(z));
    const share = tf.add(tf.mul(targets, 2 * alpha - 1), 1 - alpha);
    const entropy = tf.mul(share, tf.softplus(tf.neg(z)));
    // The gradient of x^0 is 0 / 0 at 0.
    const each = gamma === 0 ? entropy : tf.mul(entropy, tf.pow(wrong, gamma));
    return tf.sum(tf.mul(each, tf.expandDims(weights, 1)));
  });
}
