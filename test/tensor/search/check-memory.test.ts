import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, darts, search } from 'noisydarts';
import type { DartsPrimitive } from 'noisydarts/spaces';
import type { DartsSupernet } from 'noisydarts/supernet';
import { estimateMemory } from 'noisydarts/supernet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { halves } from './support';

describe('memory of a search', () => {
  const inputShape = [6, 6, 1] as const;
  let supernet: DartsSupernet<DartsPrimitive>;
  let before = 0;
  beforeAll(() => {
    before = tf.memory().numTensors;
    supernet = createSupernet({
      space: darts(),
      channels: 4,
      cells: 3,
      classes: 2,
      inputShape: [...inputShape],
    });
  });
  afterAll(() => {
    supernet.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('grows with the batch, and less with recomputation', () => {
    const estimate = (batchSize: number) => estimateMemory(supernet, { batchSize, inputShape }).activations;
    expect(estimate(64)).toBe(4 * estimate(16));
    const frugal = createSupernet({
      space: darts(),
      channels: 4,
      cells: 3,
      classes: 2,
      inputShape: [...inputShape],
      recompute: 'cell',
    });
    expect(estimateMemory(frugal, { batchSize: 64, inputShape }).activations).toBeLessThan(estimate(64));
    frugal.dispose();
  });

  it('refuses a batch of no images', () => {
    expect(() => estimateMemory(supernet, { batchSize: 0, inputShape })).toThrow(
      'estimateMemory: batchSize must be a positive integer, got 0',
    );
  });

  // No other backend here has a known limit.
  it.skipIf(!backend.startsWith('wasm'))(
    'refuses a batch that cannot fit, with a number and a remedy',
    async () => {
      const run = search({
        supernet,
        train: halves('train', 4),
        valid: halves('valid', 4),
        batchSize: 1_000_000,
      });
      await expect(run.next()).rejects.toThrow(
        /^search: a batch of 1000000 images needs about \d+\.\d GiB a thread, more than the 4\.0 GiB of the wasm backend, got 1000000; use batchSize \d+, or createSupernet\(\{ recompute: 'cell' \}\)$/,
      );
    },
  );
});
