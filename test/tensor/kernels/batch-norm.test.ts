import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { batchNormInference, batchNormTrain, updateRunning } from '../../../src/kernels';
import { expectNear } from '../../support/close';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import * as reference from './reference';
import { mapShape, runs, seed } from './support';

/** At least two values a channel; the more of them, the further the variance is from 0. */
const batches = mapShape.filter(([n, height, width]) => n * height * width >= 4);

const epsilon = fc.constantFrom(1e-5, 1e-2);

describe('batchNormTrain', () => {
  leavesNoTensors();

  it('equals the definition, and its gradients differences, with and without scale and offset', () => {
    fc.assert(
      fc.property(batches, fc.boolean(), epsilon, seed, (shape, affine, eps, at) => {
        const channels = shape[3];
        const x = normal<tf.Rank.R4>(shape, at);
        const dy = normal<tf.Rank.R4>(shape, `${at}/dy`);
        const scale = normal<tf.Rank.R1>([channels], `${at}/scale`);
        const offset = normal<tf.Rank.R1>([channels], `${at}/offset`);
        const [xs, dys, scales, offsets] = [x, dy, scale, offset].map((tensor) => tensor.dataSync());
        const inDoubles = (
          values: ArrayLike<number>,
          factors: ArrayLike<number> = scales!,
          shifts: ArrayLike<number> = offsets!,
        ) =>
          reference.batchNorm(
            values,
            channels,
            affine ? factors : undefined,
            affine ? shifts : undefined,
            eps,
          );
        const expected = inDoubles(xs!);

        const statistics: tf.Tensor[] = [];
        const { y, grads } = differentiate(
          () => {
            const result = batchNormTrain(x, affine ? { scale, offset } : undefined, eps);
            statistics.push(tf.keep(result.mean), tf.keep(result.variance));
            return result.y;
          },
          affine ? [x, scale, offset] : [x],
          dy,
        );
        expectNear(y, expected.y);
        expectNear(statistics[0]!, expected.mean);
        expectNear(statistics[1]!, expected.variance);
        const over = (f: (values: Float64Array) => { readonly y: Float64Array }) => (values: Float64Array) =>
          reference.dot(f(values).y, dys!);
        expectNear(
          grads[0]!,
          reference.numericGradient(
            over((values) => inDoubles(values)),
            xs!,
          ),
          2e-4,
        );
        if (affine) {
          const byScale = over((values) => inDoubles(xs!, values));
          const byOffset = over((values) => inDoubles(xs!, scales!, values));
          expectNear(grads[1]!, reference.numericGradient(byScale, scales!));
          expectNear(grads[2]!, reference.numericGradient(byOffset, offsets!));
        }
        tf.dispose([x, dy, scale, offset, y, [...grads], statistics]);
      }),
      runs,
    );
  });

  it('keeps its precision far from zero', () => {
    const x = tf.tidy(() => tf.add(normal<tf.Rank.R4>([2, 4, 4, 3]), 100) as tf.Tensor4D);
    const expected = reference.batchNorm(x.dataSync(), 3, undefined, undefined, 1e-5);
    const { y, mean, variance } = batchNormTrain(x);
    expectNear(y, expected.y, 1e-4);
    expectNear(variance, expected.variance, 1e-4);
    tf.dispose([x, y, mean, variance]);
  });
});

describe('batchNormInference', () => {
  leavesNoTensors();

  it('is an affine map of each channel, and so are its gradients', () => {
    fc.assert(
      fc.property(mapShape, fc.boolean(), seed, (shape, affine, at) => {
        const channels = shape[3];
        const x = normal<tf.Rank.R4>(shape, at);
        const dy = normal<tf.Rank.R4>(shape, `${at}/dy`);
        const [mean, scale, offset] = ['mean', 'scale', 'offset'].map((name) =>
          normal<tf.Rank.R1>([channels], `${at}/${name}`),
        ) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        const variance = tf.tidy(() => tf.add(tf.square(mean), 0.5) as tf.Tensor1D);
        const [xs, dys, ms, vs, ss, os] = [x, dy, mean, variance, scale, offset].map((t) => t.dataSync());
        const slope = (c: number) => (affine ? ss![c]! : 1) / Math.sqrt(vs![c]! + 1e-5);

        const { y, grads } = differentiate(
          () => batchNormInference(x, mean, variance, affine ? { scale, offset } : undefined),
          affine ? [x, scale, offset] : [x],
          dy,
        );
        const byElement = (f: (value: number, c: number) => number, values: ArrayLike<number>) =>
          Float64Array.from(values, (value, i) => f(value, i % channels));
        expectNear(
          y,
          byElement((value, c) => (value - ms![c]!) * slope(c) + (affine ? os![c]! : 0), xs!),
        );
        expectNear(
          grads[0]!,
          byElement((value, c) => value * slope(c), dys!),
        );
        if (affine) {
          const byChannel = (f: (i: number, c: number) => number) => {
            const sums = new Float64Array(channels);
            dys!.forEach((_, i) => {
              sums[i % channels]! += f(i, i % channels);
            });
            return sums;
          };
          const whitened = (i: number, c: number) => (xs![i]! - ms![c]!) / Math.sqrt(vs![c]! + 1e-5);
          expectNear(
            grads[1]!,
            byChannel((i, c) => dys![i]! * whitened(i, c)),
          );
          expectNear(
            grads[2]!,
            byChannel((i) => dys![i]!),
          );
        }
        tf.dispose([x, dy, mean, variance, scale, offset, y, [...grads]]);
      }),
      runs,
    );
  });
});

describe('updateRunning', () => {
  leavesNoTensors();

  it('moves the statistics by their momentum towards those of the batch, the variance unbiased', () => {
    const [running, batch] = [tf.tensor1d([1, -2, 0.5]), tf.tensor1d([3, 4, 0.5])];
    const both = (x: tf.Tensor1D) => ({ mean: x, variance: x });
    const { mean, variance } = updateRunning(both(running), both(batch), 0.25, 2);
    expectNear(mean, [1.5, -0.5, 0.5], 1e-6);
    expectNear(variance, [2.25, 0.5, 0.625], 1e-6);
    tf.dispose([running, batch, mean, variance]);
  });
});
