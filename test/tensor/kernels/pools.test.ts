import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { avgPool, maxPool } from '../../../src/kernels';
import { stream } from '../../../src/random';
import { expectNear } from '../../support/close';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import * as reference from './reference';
import { mapShape, runs, seed, stride } from './support';

const pools = { max: maxPool, avg: avgPool } as const;
const size = fc.constantFrom(1, 3, 5);

/** Maps of few different values, so that windows hold equal ones. */
function coarse(shape: [number, number, number, number], from: number): tf.Tensor4D {
  const generator = stream(from, 'coarse').generator();
  return tf.tensor4d(
    Float32Array.from({ length: reference.sizeOf(shape) }, () => generator.int(4) - 2),
    shape,
  );
}

describe.each(['max', 'avg'] as const)('%sPool', (kind) => {
  leavesNoTensors();

  it('equals the definition in value and gradient, whatever the geometry, ties included', () => {
    fc.assert(
      fc.property(mapShape, size, stride, fc.boolean(), seed, (shape, window, step, ties, at) => {
        const x = ties ? coarse(shape, at) : normal<tf.Rank.R4>(shape, at);
        const out = [shape[0], Math.ceil(shape[1] / step), Math.ceil(shape[2] / step), shape[3]];
        const dy = normal(out as [number, number, number, number], `${at}/dy`);
        const dys = dy.dataSync();
        const expected = reference.pool(kind, x.dataSync(), shape, window, step, (i) => dys[i]!);

        const { y, grads } = differentiate(() => pools[kind](x, { size: window, stride: step }), [x], dy);
        expect(y.shape).toEqual(expected.shape);
        expectNear(y, expected.data, 2e-6);
        expectNear(grads[0]!, expected.dx, 2e-6);
        tf.dispose([x, dy, y, [...grads]]);
      }),
      runs,
    );
  });

  it('has a 3 x 3 window of stride 1 unless told otherwise', () => {
    const x = normal<tf.Rank.R4>([1, 4, 3, 2]);
    const [y, same] = [pools[kind](x), pools[kind](x, { size: 3, stride: 1 })];
    expect(y.arraySync()).toEqual(same.arraySync());
    tf.dispose([x, y, same]);
  });
});

describe('maxPool', () => {
  leavesNoTensors();

  it('never lets the padding win', () => {
    const x = tf.fill<tf.Rank.R4>([1, 3, 3, 1], -1e30);
    const { y, grads } = differentiate(() => maxPool(x), [x]);
    const least = x.dataSync()[0];
    expect(y.dataSync().every((value) => value === least)).toBe(true);
    // All are equal: the first of each window takes the gradient.
    expect([...grads[0]!.dataSync()]).toEqual([4, 2, 0, 2, 1, 0, 0, 0, 0]);
    tf.dispose([x, y, [...grads]]);
  });
});
