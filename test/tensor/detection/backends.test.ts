import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type DetectionDataset, detectObjects, trainDetector } from 'noisydarts/detection';
import { describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { pictures, withDetector } from './support';

const { images, annotations, categories } = pictures.instances;
const two: DetectionDataset = {
  ...pictures,
  size: 2,
  instances: { images: images.slice(0, 2), annotations: annotations.slice(0, 2), categories },
};

/** The loss of a step, and the boxes that come of it. */
async function learnt() {
  const { detector, free } = withDetector();
  const options = { batchSize: 2, epochs: 1, warmup: 0, frozenNorms: false } as const;
  const losses: number[] = [];
  for await (const event of trainDetector({ detector, train: two, ...options }))
    if (event.type === 'step') losses.push(event.trainLoss);
  const [found] = await detectObjects(detector, [await pictures.read(0)], { score: 0, keep: 5 });
  free();
  return { losses, scores: found!.map(({ score }) => score) };
}

// On cpu there is nothing to compare with.
describe.skipIf(backend === 'cpu')('a detector', () => {
  it(`learns and finds on ${backend} what it does on cpu`, async () => {
    const here = await learnt();
    const current = tf.getBackend();
    await tf.setBackend('cpu');
    const there = await learnt();
    await tf.setBackend(current);
    expect([here.losses.length, here.scores.length]).toEqual([1, 5]);
    for (const which of ['losses', 'scores'] as const)
      for (const [i, value] of there[which].entries())
        expect(Math.abs(here[which][i]! / value - 1), `${which} ${i}`).toBeLessThan(1e-3);
  });
});
