import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { focalLoss } from '../../../src/detection/losses/focal-loss';
import { expectNear } from '../../support/close';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import pytorch from './pytorch.json';

const { shape, losses, ...values } = pytorch.focal;
const given = () => ({
  logits: tf.tensor2d(values.logits, shape as [number, number]),
  targets: tf.tensor2d(values.targets, shape as [number, number]),
  weights: tf.tensor1d(values.weights),
});

describe('focalLoss', () => {
  leavesNoTensors();

  it.each(losses)(
    'is PyTorch’s at gamma $gamma and alpha $alpha, with its gradient',
    ({ loss, gradient, ...options }) => {
      const { logits, targets, weights } = given();
      const { y, grads } = differentiate(() => focalLoss(logits, targets, weights, options), [logits]);
      expectNear(y, [loss], 1e-5);
      expectNear(grads[0]!, gradient, 1e-5);
      tf.dispose([logits, targets, weights, y, ...grads]);
    },
  );

  it('stays finite for logits of any size', () => {
    const { targets, weights, ...others } = given();
    const logits = tf.fill(shape as [number, number], 200);
    const { y, grads } = differentiate(() => focalLoss(logits as tf.Tensor2D, targets, weights), [logits]);
    expect(Number.isFinite(y.dataSync()[0])).toBe(true);
    expect([...grads[0]!.dataSync()].every(Number.isFinite)).toBe(true);
    tf.dispose([others.logits, logits, targets, weights, y, ...grads]);
  });

  it('refuses shapes that do not fit, and settings that are none', () => {
    const { logits, targets, weights } = given();
    expect(() => focalLoss(logits, logits, targets as never)).toThrow(
      /^focalLoss: weights must be a tensor of rank 1/,
    );
    expect(() => focalLoss(logits, targets, weights, { gamma: -1 })).toThrow(
      /gamma must not be negative, got -1/,
    );
    expect(() => focalLoss(logits, targets, weights, { alpha: 2 })).toThrow(
      /alpha must be on \[0, 1\], got 2/,
    );
    tf.dispose([logits, targets, weights]);
  });
});
