import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topKAccuracy } from '../../../src/analysis';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

async function accuracy(rows: number[][], labels: number[], ks?: number[]): Promise<number[]> {
  const logits = tf.tensor2d(rows);
  const y = tf.tensor1d(labels, 'int32');
  try {
    return await topKAccuracy(logits, y, ks);
  } finally {
    tf.dispose([logits, y]);
  }
}

describe('topKAccuracy', () => {
  it('is the share of labels among the k largest logits, in percent', async () => {
    const rows = [
      [3, 2, 1, 0],
      [0, 1, 2, 3],
      [1, 3, 0, 2],
      [2, 0, 3, 1],
    ];
    expect(await accuracy(rows, [0, 2, 0, 1], [1, 2, 3, 4])).toEqual([25, 50, 75, 100]);
  });

  it('is top-1 unless told otherwise', async () => {
    expect(await accuracy([[1, 2, 3]], [2])).toEqual([100]);
  });

  it('agrees with sorting, ties included: of equal logits the first class is the larger', async () => {
    const classes = 5;
    const row = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: classes, maxLength: classes });
    const image = fc.tuple(row, fc.nat(classes - 1));
    await fc.assert(
      fc.asyncProperty(fc.array(image, { minLength: 1, maxLength: 12 }), async (images) => {
        const ks = [1, 2, 3, 4, 5];
        const percent = await accuracy(
          images.map(([logits]) => logits),
          images.map(([, label]) => label),
          ks,
        );
        const places = images.map(([logits, label]) =>
          logits
            .map((_, c) => c)
            .sort((a, b) => logits[b]! - logits[a]! || a - b)
            .indexOf(label),
        );
        expect(percent).toEqual(ks.map((k) => (100 * places.filter((p) => p < k).length) / images.length));
      }),
      { numRuns: 50 },
    );
  });

  it('counts NaN against the label, never for it', async () => {
    const nan = Number.NaN;
    expect(await accuracy([[nan, nan, nan]], [0], [1, 2, 3])).toEqual([0, 0, 0]);
    expect(await accuracy([[5, nan, 1]], [0], [1, 2])).toEqual([0, 100]);
    expect(await accuracy([[nan, 2, 1]], [0], [3])).toEqual([0]);
  });

  it('orders infinities like numbers', async () => {
    const { POSITIVE_INFINITY: up, NEGATIVE_INFINITY: down } = Number;
    expect(await accuracy([[down, up, 0]], [0], [1, 2, 3])).toEqual([0, 0, 100]);
    expect(await accuracy([[down, up, 0]], [1], [1])).toEqual([100]);
  });

  it('names what does not fit', async () => {
    await expect(accuracy([[1, 2, 3]], [0], [4])).rejects.toThrow(
      'topKAccuracy: k must be a whole number from 1 to 3, got 4; leave this k out',
    );
    await expect(accuracy([[1, 2, 3]], [0], [0])).rejects.toThrow(
      'k must be a whole number from 1 to 3, got 0',
    );
    await expect(accuracy([[1, 2, 3]], [3])).rejects.toThrow(
      'topKAccuracy: label 0 is no class, got 3; pass labels from 0 to 2',
    );
    await expect(accuracy([[1, 2, 3]], [0, 1])).rejects.toThrow(
      'topKAccuracy: there must be one label for each of the 1 rows of logits, and at least one, got [2]; pass logits (N, classes) and labels (N)',
    );
  });
});
