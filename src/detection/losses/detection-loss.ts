import * as tf from '@tensorflow/tfjs-core';
import { type AnchorTargets, LEFT_OUT } from '../boxes/assign';
import { focalLoss } from './focal-loss';

/** What a batch's anchors are to say, as tensors; whoever receives them disposes them. */
export interface TargetTensors {
  /** Zeros and ones [N * anchors, classes]. */
  readonly classes: tf.Tensor2D;
  /** 0 for anchors that are left out [N * anchors]. */
  readonly weights: tf.Tensor1D;
  /** Codes [N * anchors, 4], and 1 where there is one [N * anchors, 1]. */
  readonly codes: tf.Tensor2D;
  readonly positive: tf.Tensor2D;
  /** Anchors with an object, at least 1. */
  readonly positives: number;
}

/** Puts the targets of pictures one after the other. */
export function targetTensors(targets: readonly AnchorTargets[], classes: number): TargetTensors {
  const perPicture = targets[0]!.classes.length;
  const count = targets.length * perPicture;
  const hot = new Float32Array(count * classes);
  const weights = new Float32Array(count).fill(1);
  const positive = new Float32Array(count);
  const codes = new Float32Array(4 * count);
  for (const [n, target] of targets.entries()) {
    const first = n * perPicture;
    codes.set(target.codes, 4 * first);
    for (let a = 0; a < perPicture; a++) {
      const taught = target.classes[a]!;
      if (taught >= 0) {
        hot[(first + a) * classes + taught] = 1;
        positive[first + a] = 1;
      } else if (taught === LEFT_OUT) weights[first + a] = 0;
    }
  }
  return {
    classes: tf.tensor2d(hot, [count, classes]),
    weights: tf.tensor1d(weights),
    codes: tf.tensor2d(codes, [count, 4]),
    positive: tf.tensor2d(positive, [count, 1]),
    positives: Math.max(
      1,
      targets.reduce((sum, target) => sum + target.positives, 0),
    ),
  };
}

/** The two parts of a detector's loss, each over the number of anchors with an object: focal loss, and L1 of the codes. */
export function detectionLosses(
  logits: tf.Tensor3D,
  codes: tf.Tensor3D,
  targets: TargetTensors,
): [classes: tf.Scalar, boxes: tf.Scalar] {
  const flat = tf.reshape(logits, targets.classes.shape) as tf.Tensor2D;
  const classLoss = focalLoss(flat, targets.classes, targets.weights);
  const off = tf.abs(tf.sub(tf.reshape(codes, targets.codes.shape), targets.codes));
  const boxLoss = tf.sum(tf.mul(off, targets.positive));
  return [tf.div(classLoss, targets.positives), tf.div(boxLoss, targets.positives)];
}
