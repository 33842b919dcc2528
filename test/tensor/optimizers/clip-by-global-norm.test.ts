import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipByGlobalNorm, globalNorm } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import { expectClose } from './support';

leavesNoTensors();

const value = fc.integer({ min: -5000, max: 5000 }).map((n) => n / 1000);
const lists = fc.array(fc.array(value, { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 5 });

const norm = (list: readonly (readonly number[])[]) =>
  Math.sqrt(list.flat().reduce((sum, x) => sum + x * x, 0));

describe('clipByGlobalNorm', () => {
  it('scales all gradients by min(1, maxNorm / (norm + 1e-6)), and returns the norm before', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 20 }), (list, maxNorm) => {
        const grads = list.map((each) => tf.tensor1d(each));
        const clipped = clipByGlobalNorm(grads, maxNorm);
        const scale = Math.min(1, maxNorm / (norm(list) + 1e-6));
        expectClose(clipped.norm.dataSync(), [norm(list)], 1e-6);
        list.forEach((each, i) => {
          expectClose(
            clipped.grads[i]!.dataSync(),
            each.map((x) => x * scale),
            1e-6,
          );
          expect([...grads[i]!.dataSync()]).toEqual([...Float32Array.from(each)]);
        });
        tf.dispose([grads, clipped.norm, clipped.grads as tf.Tensor[]]);
      }),
      { numRuns: 30 },
    );
  });

  it('passes null on and leaves gradients under the bound bit for bit', () => {
    const grad = tf.tensor2d([[0.1, -0.7]]);
    const { grads, norm } = clipByGlobalNorm([null, grad], 5);
    expect(grads[0]).toBeNull();
    expect(grads[1]!.shape).toEqual([1, 2]);
    expect([...grads[1]!.dataSync()]).toEqual([...grad.dataSync()]);
    tf.dispose([grad, grads[1]!, norm]);
  });

  it('keeps its results when called inside a tidy that returns them, and takes no gradient at all', () => {
    const { grads, norm } = clipByGlobalNorm([null], 1);
    expect(grads).toEqual([null]);
    expect(norm.dataSync()[0]).toBe(0);
    norm.dispose();
  });

  it('spreads a NaN to every gradient, and turns an infinity into NaN beside zeros', () => {
    const clip = (first: number) => {
      const given = [tf.tensor1d([first, 1]), tf.tensor1d([2])];
      const { grads, norm } = clipByGlobalNorm(given, 5);
      const result = [norm.dataSync()[0], ...grads[0]!.dataSync(), ...grads[1]!.dataSync()];
      tf.dispose([...given, norm, grads[0]!, grads[1]!]);
      return result;
    };
    expect(clip(Number.NaN)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(clip(Infinity)).toEqual([Infinity, Number.NaN, 0, 0]);
  });

  it.each([0, -1, Number.NaN])('refuses a bound of %d', (maxNorm) => {
    expect(() => clipByGlobalNorm([], maxNorm)).toThrow(
      new RangeError(`clipByGlobalNorm: maxNorm must be a number above 0, got ${maxNorm}; correct it`),
    );
  });
});

describe('globalNorm', () => {
  it('stays accurate over a million elements of float32', () => {
    const grads = [tf.fill([1000, 1000], 0.1), tf.fill([7], 0.1), tf.fill([1, 1], 0.1)];
    const result = globalNorm(grads);
    const exact = Math.fround(0.1) * Math.sqrt(1_000_008);
    expect(Math.abs(result.dataSync()[0]! - exact) / exact).toBeLessThan(1e-5);
    tf.dispose([...grads, result]);
  });
});
