import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import {
  avgPool,
  batchNormTrain,
  conv2d,
  counterNoise,
  depthwiseConv2d,
  maxPool,
  pointwiseConv2d,
  unitDraw,
  updateRunning,
  weightedSum,
} from 'noisydarts/kernels';
import { expect, test } from 'vitest';
import { concatChannels, sum } from '../../../src/kernels';
import { shuffleChannels, splitChannels } from '../../../src/kernels/partial-channels';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { both, describeFast, expectClose, type Values, values, withGradients } from '../wasm/support';

const side = fc.integer({ min: 1, max: 13 });
const channels = fc.oneof(fc.integer({ min: 1, max: 21 }), fc.constantFrom(4, 8, 16, 32));
const seed = fc.integer({ min: 1, max: 1e6 });
const maps = fc.tuple(fc.integer({ min: 1, max: 3 }), side, side, channels);
const window = fc.record({
  kernel: fc.tuple(fc.constantFrom(1, 2, 3, 5, 7), fc.constantFrom(1, 2, 3, 5, 7)),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  dilation: fc.integer({ min: 1, max: 3 }),
  pad: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })),
});

const fits = (size: number, kernel: number, dilation: number, pad: number) =>
  size + 2 * pad > dilation * (kernel - 1);

// A device in software is slow, and the generic kernels compile many shaders for each shape.
const onWebGPU = backend.startsWith('webgpu');
const runs = (count: number) => (onWebGPU ? Math.ceil(count / 10) : count);

/** Runs a property on generic and fast kernels. */
const agrees = async <T>(arbitrary: fc.Arbitrary<T>, compute: (value: T) => Values, tolerance?: number) =>
  fc.assert(
    fc.asyncProperty(arbitrary, async (value) => {
      const [generic, fast] = await both(() => compute(value));
      expectClose(fast, generic, tolerance);
    }),
    { numRuns: runs(60) },
  );

describeFast('fast kernels agree with the generic ones', () => {
  leavesNoTensors();

  test('depthwise convolution', () =>
    agrees(
      fc
        .record({ maps, window, seed })
        .filter(
          ({ maps: [, h, w], window: { kernel, dilation, pad } }) =>
            fits(h, kernel[0], dilation, pad[0]) && fits(w, kernel[1], dilation, pad[1]),
        ),
      ({ maps: shape, window: { kernel, ...options }, seed }) =>
        withGradients(
          (x, filter) => depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, options),
          [values(shape, seed), values([...kernel, shape[3], 1], seed + 1)],
          seed + 2,
        ),
    ));

  test('pointwise convolution', () =>
    agrees(
      fc
        .record({
          maps,
          outputs: channels,
          stride: fc.integer({ min: 1, max: 3 }),
          offset: fc.integer({ min: 0, max: 2 }),
          seed,
        })
        .filter(({ maps: [, h, w], offset }) => offset < Math.min(h, w)),
      ({ maps: shape, outputs, stride, offset, seed }) =>
        withGradients(
          (x, filter) => pointwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, offset }),
          [values(shape, seed), values([1, 1, shape[3], outputs], seed + 1)],
          seed + 2,
        ),
    ));

  test('dense convolution', () =>
    agrees(
      fc
        .record({ maps, window, outputs: channels, seed })
        .filter(
          ({ maps: [, h, w], window: { kernel, pad } }) =>
            fits(h, kernel[0], 1, pad[0]) && fits(w, kernel[1], 1, pad[1]),
        ),
      ({ maps: shape, window: { kernel, stride, pad }, outputs, seed }) =>
        withGradients(
          (x, filter) => conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, pad }),
          [values(shape, seed), values([...kernel, shape[3], outputs], seed + 1)],
          seed + 2,
        ),
    ));

  test('batch norm, with and without scale and offset', () =>
    agrees(
      fc.record({ maps, affine: fc.boolean(), seed }).filter(({ maps: [n, h, w] }) => n * h * w > 7),
      ({ maps: shape, affine, seed }) => {
        const x = values(shape, seed);
        const scale = values([shape[3]], seed + 1);
        const offset = values([shape[3]], seed + 2);
        const parameters = (s: tf.Tensor, o: tf.Tensor) => ({
          scale: s as tf.Tensor1D,
          offset: o as tf.Tensor1D,
        });
        const { mean, variance } = batchNormTrain(x, affine ? parameters(scale, offset) : undefined);
        const y = affine
          ? withGradients(
              (a, s, o) => batchNormTrain(a as tf.Tensor4D, parameters(s!, o!)).y,
              [x, scale, offset],
              seed + 3,
            )
          : withGradients((a) => batchNormTrain(a as tf.Tensor4D).y, [x], seed + 3);
        return { ...y, mean: mean.dataSync(), variance: variance.dataSync() };
      },
      1e-4,
    ));

  test('the variance of a channel far from zero keeps its digits', async () => {
    const numbers = Float32Array.from({ length: 4096 }, (_, i) => 1000 + Math.sin(i));
    const mean = numbers.reduce((sum, v) => sum + v, 0) / numbers.length;
    const variance = numbers.reduce((sum, v) => sum + (v - mean) ** 2, 0) / numbers.length;
    const [, fast] = await both(() => {
      const result = batchNormTrain(tf.tensor4d(numbers, [1, 64, 64, 1]));
      return { mean: result.mean.dataSync(), variance: result.variance.dataSync() };
    });
    expectClose(fast, { mean: [mean], variance: [variance] }, 1e-6);
  });

  test('running statistics', () =>
    agrees(
      fc.record({
        channels,
        momentum: fc.constantFrom(0.1, 0.9),
        count: fc.integer({ min: 2, max: 100 }),
        seed,
      }),
      ({ channels: c, momentum, count, seed }) => {
        const statistics = (first: number) => ({
          mean: values([c], first) as unknown as tf.Tensor1D,
          variance: values([c], first + 1) as unknown as tf.Tensor1D,
        });
        const { mean, variance } = updateRunning(statistics(seed), statistics(seed + 2), momentum, count);
        return { mean: mean.dataSync(), variance: variance.dataSync() };
      },
    ));

  for (const [name, pool] of [
    ['max', maxPool],
    ['average', avgPool],
  ] as const) {
    test(`${name} pool; equal values included`, () =>
      agrees(
        fc.record({
          maps,
          size: fc.constantFrom(1, 3, 5),
          stride: fc.integer({ min: 1, max: 3 }),
          ties: fc.boolean(),
          seed,
        }),
        ({ maps: shape, size, stride, ties, seed }) => {
          const x = values(shape, seed);
          return withGradients(
            (a) => pool(a as tf.Tensor4D, { size, stride }),
            [ties ? tf.round(x) : x],
            seed + 1,
          );
        },
      ));
  }

  test('weighted sum', () =>
    agrees(
      fc.record({ maps, terms: fc.integer({ min: 1, max: 8 }), seed }),
      ({ maps: shape, terms, seed }) =>
        withGradients(
          (weights, ...xs) => weightedSum(weights as tf.Tensor1D, xs),
          [values([terms], seed), ...Array.from({ length: terms }, (_, k) => values(shape, seed + 1 + k))],
          seed + 100,
        ),
      // An inner product may come out near zero.
      1e-3,
    ));

  test('sum', () =>
    agrees(fc.record({ maps, terms: fc.integer({ min: 1, max: 5 }), seed }), ({ maps: shape, terms, seed }) =>
      withGradients(
        (...xs) => sum(xs),
        Array.from({ length: terms }, (_, k) => values(shape, seed + k)),
        seed + 100,
      ),
    ));

  test('concatenation of channels', () =>
    agrees(
      fc.record({ maps, counts: fc.array(channels, { minLength: 1, maxLength: 5 }), seed }),
      ({ maps: [n, h, w], counts, seed }) =>
        withGradients(
          (...xs) => concatChannels(xs as tf.Tensor4D[]),
          counts.map((c, k) => values([n, h, w, c], seed + k)),
          seed + 100,
        ),
    ));

  test('parts of channels, shuffled', () =>
    agrees(
      fc.record({ maps, share: fc.integer({ min: 2, max: 5 }), seed }),
      ({ maps: [n, h, w, c], share, seed }) =>
        withGradients(
          (x) => {
            const split = { channels: [c, (share - 1) * c] };
            const [part, others] = splitChannels({ x: x as tf.Tensor4D }, split);
            return shuffleChannels({ x: concatChannels([tf.square(part!), others!]) }, { groups: share });
          },
          [values([n, h, w, share * c], seed)],
          seed + 100,
        ),
    ));

  test('noise of every formula', () =>
    agrees(
      fc.record({
        maps: maps.filter(([n, h, w, c]) => n * h * w * c > 1),
        distribution: fc.constantFrom('gaussian' as const, 'uniform' as const),
        mixture: fc.constantFrom('additive' as const, 'multiplicative' as const),
        mean: fc.constantFrom(0, 0.3, 1),
        std: fc.constantFrom(0, 0.2),
        relative: fc.boolean(),
        rate: fc.constantFrom(1, 0.25, 0),
        shrink: fc.boolean(),
        key: fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)),
        counter: fc.nat(0xffffffff),
        seed,
      }),
      ({ maps: shape, key, counter, seed, ...formula }) =>
        withGradients((x) => counterNoise(x, formula, { key, counter }), [values(shape, seed)], seed + 1),
    ));

  test('random draws, to the bit; normal ones on a GPU to the rounding of its square root', async () => {
    const arbitrary = fc.record({
      length: fc.integer({ min: 1, max: 3000 }),
      distribution: fc.constantFrom('gaussian' as const, 'uniform' as const),
      key: fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)),
      counter: fc.nat(0xffffffff),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ length, distribution, ...position }) => {
        const [generic, fast] = await both(() => {
          const draws = unitDraw([length], distribution, position).dataSync();
          return { draws: Float32Array.from(draws) };
        });
        const bits = ({ draws }: Values) => new Int32Array((draws as Float32Array).buffer);
        if (onWebGPU && distribution === 'gaussian') expectClose(fast, generic, 1e-6);
        else expect(bits(fast)).toEqual(bits(generic));
      }),
      { numRuns: runs(200) },
    );
  });
});
