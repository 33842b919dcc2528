import * as tf from '@tensorflow/tfjs-core';
import { adam, memoryStore, sgd } from 'noisydarts';
import { alphaStep, localEngine, weightStep } from 'noisydarts/search';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backend } from '../../support/backend';
import { tinySearch, tinySupernet } from './support';

// Other backends have their numbers at hand, and tfjs's own kernels on them read as they like.
describe.skipIf(!backend.startsWith('webgpu'))('reads from the device (needs the webgpu backend)', () => {
  const reads = () => vi.mocked(tf.backend().read).mock.calls.length;

  beforeEach(() => {
    vi.spyOn(tf.backend(), 'read');
    vi.spyOn(tf.backend(), 'readSync');
  });
  afterEach(() => {
    expect(tf.backend().readSync).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it('are one for each pass of a search step, and none at once', async () => {
    const supernet = tinySupernet();
    const engine = localEngine(supernet);
    const weights = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 3e-4 });
    const alphas = adam({ learningRate: 1e-3, weightDecay: 1e-3 });
    const batch = {
      x: tf.randomNormal<tf.Rank.R4>([4, 6, 6, 1], 0, 1, 'float32', 1),
      y: tf.tensor1d([0, 1, 1, 0], 'int32'),
    };
    for (let step = 0; step < 2; step++) {
      const before = reads();
      await alphaStep(engine, alphas, batch, { epoch: 0, step });
      expect(reads() - before).toBe(1);
      await weightStep(engine, weights, batch, { epoch: 0, step });
      expect(reads() - before).toBe(2);
    }
    tf.dispose([batch.x, batch.y]);
    weights.dispose();
    alphas.dispose();
    supernet.dispose();
  });

  it('are never made at once by a whole search with checkpoints, evaluation and diagnostics', async () => {
    const { events } = await tinySearch({
      epochs: 1,
      checkpoint: { store: memoryStore(), everySteps: 2 },
      diagnostics: { gap: true },
    });
    expect(events.filter(({ type }) => type === 'checkpoint').length).toBeGreaterThan(0);
    expect(events.at(-1)!.type).toBe('done');
    expect(reads()).toBeGreaterThan(0);
  });
});
