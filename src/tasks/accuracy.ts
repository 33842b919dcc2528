import type * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireTensor } from '../errors';

/**
 * Top-k accuracy in percent, for each k of `ks`: the share of images whose label is among the k largest logits.
 *
 * Among equal logits the first class counts as the larger. A label whose own logit is NaN is never a hit.
 *
 * @param logits - (N, classes).
 * @param labels - (N), class indices.
 * @param ks - Each from 1 to the number of classes; default [1].
 * @returns Percentages on [0, 100], in the order of `ks`.
 * @throws RangeError if the shapes disagree, there are no images, or a k or a label is out of range.
 */
export async function topKAccuracy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  ks: readonly number[] = [1],
): Promise<number[]> {
  requireTensor('topKAccuracy', 'logits', logits, 2);
  requireTensor('topKAccuracy', 'labels', labels, 1);
  const [images, classes] = logits.shape;
  if (images === 0 || labels.shape[0] !== images) {
    throw rangeError(
      'topKAccuracy',
      `there must be one label for each of the ${images} rows of logits, and at least one`,
      labels.shape,
      'pass logits (N, classes) and labels (N)',
    );
  }
  for (const k of ks) {
    if (!Number.isInteger(k) || k < 1 || k > classes) {
      throw rangeError(
        'topKAccuracy',
        `k must be a whole number from 1 to ${classes}`,
        k,
        'leave this k out',
      );
    }
  }
  const [scores, answers] = await Promise.all([logits.data(), labels.data()]);
  const hits = ks.map(() => 0);
  for (let n = 0; n < images; n++) {
    const label = answers[n]!;
    if (!(label >= 0 && label < classes)) {
      throw rangeError(
        'topKAccuracy',
        `label ${n} is no class`,
        label,
        `pass labels from 0 to ${classes - 1}`,
      );
    }
    const own = scores[n * classes + label]!;
    let ahead = 0;
    for (let c = 0; c < classes; c++) {
      const other = scores[n * classes + c]!;
      // Written so that NaN, here or there, counts as ahead.
      if (!(other <= own) || (other === own && c < label)) ahead += 1;
    }
    for (const [i, k] of ks.entries()) if (ahead < k) hits[i]! += 1;
  }
  return hits.map((hit) => (100 * hit) / images);
}
