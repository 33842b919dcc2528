import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatChannels, crossEntropy, sum, weightedSum } from '../../../src/kernels';
import { expectNear } from '../../support/close';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import * as reference from './reference';
import { mapShape, runs, seed } from './support';

describe('weightedSum', () => {
  leavesNoTensors();

  it('equals the definition, in value and in the gradients of weights and terms', () => {
    fc.assert(
      fc.property(mapShape, fc.integer({ min: 1, max: 8 }), seed, (shape, count, at) => {
        const terms = Array.from({ length: count }, (_, k) => normal<tf.Rank.R4>(shape, `${at}/${k}`));
        const weights = normal<tf.Rank.R1>([count], `${at}/weights`);
        const dy = normal<tf.Rank.R4>(shape, `${at}/dy`);
        const [ws, dys] = [weights.dataSync(), dy.dataSync()];

        const { y, grads } = differentiate(() => weightedSum(weights, terms), [weights, ...terms], dy);
        const values = terms.map((term) => term.dataSync());
        expectNear(
          y,
          Float64Array.from(dys, (_, i) => values.reduce((sum, v, k) => sum + ws[k]! * v[i]!, 0)),
        );
        expectNear(
          grads[0]!,
          values.map((v) => reference.dot(v, dys)),
        );
        terms.forEach((_, k) => {
          expectNear(
            grads[k + 1]!,
            Float64Array.from(dys, (d) => d * ws[k]!),
          );
        });
        tf.dispose([terms, weights, dy, y, [...grads]]);
      }),
      runs,
    );
  });

  it('adds up the gradients of a term that occurs twice', () => {
    const x = normal<tf.Rank.R4>([1, 2, 3, 2]);
    const weights = tf.tensor1d([2, 5, -1]);
    const { y, grads } = differentiate(() => weightedSum(weights, [x, tf.square(x), x]), [x]);
    expectNear(
      grads[0]!,
      Float64Array.from(x.dataSync(), (value) => 1 + 10 * value),
    );
    tf.dispose([x, weights, y, [...grads]]);
  });
});

describe('sum', () => {
  leavesNoTensors();

  it('equals the definition, in value and gradients', () => {
    const shape = [2, 3, 1, 5] as const;
    const terms = Array.from({ length: 4 }, (_, k) => normal<tf.Rank.R4>([...shape], `sum/${k}`));
    const dy = normal<tf.Rank.R4>([...shape], 'sum/dy');
    const { y, grads } = differentiate(() => sum(terms), terms, dy);
    const values = terms.map((term) => term.dataSync());
    expectNear(
      y,
      Float64Array.from(dy.dataSync(), (_, i) => values.reduce((total, v) => total + v[i]!, 0)),
    );
    for (const grad of grads) expectNear(grad, dy.dataSync());
    tf.dispose([terms, dy, y, [...grads]]);
  });
});

describe('concatChannels', () => {
  leavesNoTensors();

  it('equals the definition, in value and gradients', () => {
    const counts = [3, 1, 4];
    const maps = counts.map((c, k) => normal<tf.Rank.R4>([2, 3, 2, c], `concat/${k}`));
    const dy = normal<tf.Rank.R4>([2, 3, 2, 8], 'concat/dy');
    const { y, grads } = differentiate(() => concatChannels(maps), maps, dy);
    const [all, dys] = [y.dataSync(), dy.dataSync()];
    let from = 0;
    maps.forEach((map, k) => {
      const at = (i: number) => Math.floor(i / counts[k]!) * 8 + from + (i % counts[k]!);
      const part = (of: ArrayLike<number>) => Float64Array.from(map.dataSync(), (_, i) => of[at(i)]!);
      expectNear(map, part(all));
      expectNear(grads[k]!, part(dys));
      from += counts[k]!;
    });
    tf.dispose([maps, dy, y, [...grads]]);
  });

  it('needs maps of one size', () => {
    const maps = [tf.zeros<tf.Rank.R4>([1, 2, 2, 3]), tf.zeros<tf.Rank.R4>([1, 2, 3, 3])];
    expect(() => concatChannels(maps)).toThrow(/concatChannels: there must be maps of one batch size/);
    expect(() => concatChannels([])).toThrow(/got 0/);
    tf.dispose(maps);
  });
});

describe('crossEntropy', () => {
  leavesNoTensors();

  it('equals the definition, and its gradient differences', () => {
    const [batch, classes] = [fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 11 })];
    fc.assert(
      fc.property(batch, classes, fc.constantFrom(1, 30), seed, (n, k, spread, at) => {
        const logits = tf.tidy(() => tf.mul(normal<tf.Rank.R2>([n, k], at), spread) as tf.Tensor2D);
        const labels = tf.tensor1d(
          Array.from({ length: n }, (_, i) => (i * 7 + at) % k),
          'int32',
        );
        const [values, targets] = [logits.dataSync(), labels.dataSync()];
        const inDoubles = (scores: ArrayLike<number>) => {
          let loss = 0;
          for (let i = 0; i < n; i++) {
            const row = Array.from({ length: k }, (_, c) => scores[i * k + c]!);
            const top = Math.max(...row);
            const log = top + Math.log(row.reduce((sum, score) => sum + Math.exp(score - top), 0));
            loss += (log - row[targets[i]!]!) / n;
          }
          return loss;
        };
        const { y, grads } = differentiate(() => crossEntropy(logits, labels), [logits]);
        expectNear(y, [inDoubles(values)], 1e-5);
        expectNear(grads[0]!, reference.numericGradient(inDoubles, values), 1e-5);
        tf.dispose([logits, labels, y, [...grads]]);
      }),
      runs,
    );
  });

  it('stays finite for logits that an exponential would overflow', () => {
    const logits = tf.tensor2d([[1000, -1000, 0]]);
    const labels = tf.tensor1d([1], 'int32');
    const { y, grads } = differentiate(() => crossEntropy(logits, labels), [logits]);
    expectNear(y, [2000], 1e-6);
    expectNear(grads[0]!, [1, -1, 0], 1e-6);
    tf.dispose([logits, labels, y, [...grads]]);
  });
});
