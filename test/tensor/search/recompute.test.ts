import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, gdas, nasBench201 } from 'noisydarts';
import { recomputed } from 'noisydarts/kernels';
import type { Moment } from 'noisydarts/layers';
import { lossGradients } from 'noisydarts/optimizers';
import { localEngine } from 'noisydarts/search';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { halves, tinySpace } from './support';

describe('recomputed', () => {
  leavesNoTensors();

  it('gives the gradients of the part it stands for, and those around it', () => {
    tf.tidy(() => {
      const w = tf.variable(tf.tensor1d([0.5, -1.5]));
      const x = tf.tensor1d([2, 3]);
      const body = (a: tf.Tensor) => tf.mul(tf.square(a), tf.exp(w));
      const plain = tf.grads((a) => tf.sum(tf.square(body(tf.sin(a)))))([x]);
      const plainW = tf.variableGrads(() => tf.sum(tf.square(body(tf.sin(x)))), [w]).grads[w.name]!;
      const saved = (a: tf.Tensor) => recomputed(([b]) => body(b!), [tf.sin(a)], [w]);
      const again = tf.grads((a) => tf.sum(tf.square(saved(a))))([x]);
      const againW = tf.variableGrads(() => tf.sum(tf.square(saved(x))), [w]).grads[w.name]!;
      expect(again[0]!.arraySync()).toEqual(plain[0]!.arraySync());
      expect(againW.arraySync()).toEqual(plainW.arraySync());
      w.dispose();
    });
  });

  it('has a gradient of 0 for what the part does not depend on', () => {
    const v = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    const part = () => recomputed(([a]) => tf.square(a!), [tf.mul(v, 2), tf.mul(v, 3)], []);
    const { loss, grads } = lossGradients(() => tf.add(tf.sum(part()), tf.sum(v)), [v]);
    expect([...grads[0]!.dataSync()]).toEqual([9, 17]);
    tf.dispose([loss, v, ...(grads as tf.Tensor[])]);
  });

  it('keeps constants, which no gradient flows to', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([2, 3]);
      const f = (a: tf.Tensor, factor: tf.Tensor) =>
        tf.tidy(() => recomputed(([b, c]) => tf.mul(tf.square(b!), c!), [a], [], [tf.mul(factor, 2)]));
      const factor = tf.tensor1d([5, 7]);
      expect(
        tf
          .grads((a) => f(a!, factor))([x])[0]!
          .arraySync(),
      ).toEqual([40, 84]);
    });
  });

  it.each([
    ['weights', { space: tinySpace, cells: 3 }],
    ['alphas', { space: tinySpace, cells: 3 }],
    // Cells of one operation an edge, some of which lead nowhere.
    ['weights', { space: nasBench201(), cells: 2, strategy: gdas() }],
    ['alphas', { space: nasBench201(), cells: 2, strategy: gdas() }],
  ] as const)('a supernet gives the same %s gradients and statistics by cell (%j)', async (of, own) => {
    const options = { ...own, channels: 2, classes: 2, seed: 7, inputShape: [6, 6, 1] };
    const raw = halves('some', 4).read([0, 1, 2, 3]);
    const batch = { x: tf.tensor4d(raw.images, [4, 6, 6, 1]), y: tf.tensor1d(raw.labels, 'int32') };
    const moment: Moment = { epoch: 0, step: 3, pass: 0 };
    const results = [];
    for (const recompute of ['none', 'cell'] as const) {
      const supernet = createSupernet({ ...options, recompute });
      const { loss, metrics, grads } = await localEngine(supernet).gradients(batch, of, moment);
      results.push({
        loss,
        metrics,
        grads: grads.map((grad) => grad && Array.from(grad.dataSync())),
        statistics: supernet.stateVariables().map((v) => Array.from(v.dataSync())),
      });
      tf.dispose(grads.filter((grad) => grad !== null));
      supernet.dispose();
    }
    tf.dispose(batch);
    const [plain, again] = results;
    expect(again!.loss).toBe(plain!.loss);
    expect(again!.statistics).toEqual(plain!.statistics);
    // Only the order in which the parts of a shared tensor's gradient are added up differs.
    again!.grads.forEach((grad, i) => {
      const expected = plain!.grads[i]!;
      expect(grad === null).toBe(expected === null);
      const scale = Math.max(...(expected ?? []).map(Math.abs), 1e-6);
      grad?.forEach((value, j) => {
        expect(Math.abs(value - expected![j]!) / scale).toBeLessThan(1e-5);
      });
    });
  });
});
