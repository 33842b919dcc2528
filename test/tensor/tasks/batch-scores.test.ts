import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { topKAccuracy } from 'noisydarts/analysis';
import { describe, expect, it } from 'vitest';
import { batchScores } from '../../../src/tasks/batch-scores';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

const row = (classes: number) =>
  fc.array(fc.integer({ min: -2, max: 2 }), { minLength: classes, maxLength: classes });

describe('batchScores', () => {
  it('gives the losses as they are and the accuracy of topKAccuracy to the bit, ties included', async () => {
    const classes = 4;
    const images = fc.array(fc.tuple(row(classes), fc.nat(classes - 1)), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(images, fc.option(fc.integer({ min: -9, max: 9 })), async (given, more) => {
        const logits = tf.tensor2d(given.map(([values]) => values));
        const labels = tf.tensor1d(
          given.map(([, label]) => label),
          'int32',
        );
        const losses = [tf.scalar(1.25), ...(more === null ? [] : [tf.scalar(more)])];
        const scores = await batchScores(losses as [tf.Scalar], logits, labels);
        expect(scores.losses).toEqual([1.25, ...(more === null ? [] : [more])]);
        expect([scores.accuracy]).toEqual(await topKAccuracy(logits, labels));
        tf.dispose([logits, labels, losses]);
      }),
      { numRuns: 20 },
    );
  });

  it('passes on a loss that is not finite', async () => {
    const [logits, labels, loss] = [
      tf.tensor2d([[1, 2]]),
      tf.tensor1d([1], 'int32'),
      tf.scalar(Number.POSITIVE_INFINITY),
    ];
    expect(await batchScores([loss], logits, labels)).toEqual({ losses: [Infinity], accuracy: 100 });
    tf.dispose([logits, labels, loss]);
  });

  it('names a label that is no class', async () => {
    const [logits, labels, loss] = [
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor1d([1, 2], 'int32'),
      tf.scalar(0),
    ];
    await expect(batchScores([loss], logits, labels)).rejects.toThrow(
      'topKAccuracy: label 1 is no class, got 2; pass labels from 0 to 1',
    );
    tf.dispose([logits, labels, loss]);
  });
});
