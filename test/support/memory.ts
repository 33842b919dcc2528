import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';

/** Makes every test of the file, or of the `describe` it is called in, fail that leaves a tensor behind. */
export function leavesNoTensors(): void {
  let before = 0;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors, 'tensors after the test').toBe(before);
  });
}
