import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, gaussianNoise, search } from 'noisydarts';
import type { RobustDartsName } from 'noisydarts/spaces';
import { robustDarts } from 'noisydarts/spaces';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { halves } from '../search/support';

describe('the spaces S1 to S4', () => {
  leavesNoTensors();

  const sizes = { channels: 2, cells: 3, seed: 3, inputShape: [6, 6, 1] };

  it.each<[RobustDartsName, number]>([
    ['S1', 2],
    ['S2', 10],
    ['S3', 100],
    ['S4', 10],
  ])('%s can be searched, with %i classes', async (name, classes) => {
    const space = robustDarts(name);
    const supernet = createSupernet({
      space,
      classes,
      noise: name === 'S4' ? null : gaussianNoise(),
      ...sizes,
    });
    const logits = tf.tidy(() => supernet.forward(tf.zeros<tf.Rank.R4>([1, 6, 6, 1])));
    expect(logits.shape).toEqual([1, classes]);
    logits.dispose();
    const run = search({
      supernet,
      train: halves('train', 4),
      valid: halves('valid', 4),
      epochs: 1,
      batchSize: 4,
    });
    for await (const event of run) {
      if (event.type !== 'done') continue;
      for (const cell of ['normal', 'reduce'] as const) {
        for (const [primitive] of event.genotype[cell]) expect(space.primitives).toContain(primitive);
      }
    }
    supernet.dispose();
  });

  it('says that S4 has no skip connection to disturb', () => {
    expect(() => createSupernet({ space: robustDarts('S4'), ...sizes })).toThrow(
      "createSupernet: noise falls nowhere in the space robust-darts-s4, which has noise, sep_conv_3x3, got ['skip_connect']; pass noise: null, or name other operations with 'on'",
    );
  });

  it('lets a setting fall on another operation of S4', () => {
    const supernet = createSupernet({ space: robustDarts('S4'), on: ['sep_conv_3x3'], ...sizes });
    expect(Object.keys(supernet.noise[0]![0]!)).toEqual(['sep_conv_3x3']);
    supernet.dispose();
  });
});
