import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { disableWasmTraining, enableWasmTraining } from 'noisydarts/wasm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { farthest } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { describeWasm, values } from './support';

const runs = { numRuns: 60, seed: 4 } as const;
const side = fc.integer({ min: 5, max: 8 });
const kernel = fc.integer({ min: 1, max: 4 });
const stride = fc.integer({ min: 1, max: 3 });
const channels = fc.integer({ min: 1, max: 6 });
const edge = fc.integer({ min: 0, max: 2 });
/** Padding and rounding as tfjs allows them together. */
const padding = fc.oneof(
  fc.record({ pad: fc.constantFrom('same' as const, 'valid' as const) }),
  fc.record({
    pad: fc.oneof(
      edge,
      fc.tuple(edge, edge, edge, edge).map(
        ([a, b, c, d]): tf.backend_util.ExplicitPadding => [
          [0, 0],
          [a, b],
          [c, d],
          [0, 0],
        ],
      ),
    ),
    mode: fc.constantFrom(undefined, 'floor' as const, 'round' as const, 'ceil' as const),
  }),
);
const geometry = fc.record({
  input: fc.tuple(fc.integer({ min: 1, max: 2 }), side, side, channels),
  kernel: fc.tuple(kernel, kernel),
  strides: fc.tuple(stride, stride),
  padding,
  more: channels,
});

/** The same numbers on cpu and on wasm. */
async function expectSame(compute: () => tf.Tensor[]): Promise<void> {
  const on = async (backendName: string) => {
    await tf.setBackend(backendName);
    const before = tf.memory().numTensors;
    const arrays = tf
      .tidy(() => compute())
      .map((tensor) => {
        const data = tensor.dataSync();
        tensor.dispose();
        return data;
      });
    expect(tf.memory().numTensors, `tensors on ${backendName}`).toBe(before);
    return arrays;
  };
  const expected = await on('cpu');
  const actual = await on('wasm');
  for (const [i, array] of expected.entries()) {
    // A window in the padding alone has no average and no largest number, and no gradient to compare.
    const known = array.map((value) => (Number.isFinite(value) ? value : 0));
    const found = actual[i]!.map((value, j) => (Number.isFinite(array[j]!) ? value : 0));
    expect(farthest(`array ${i}`, found, known, 2e-5, 1e-3)).toEqual([]);
  }
}

const withGradients = (f: (...inputs: tf.Tensor4D[]) => tf.Tensor, inputs: tf.Tensor4D[]) => {
  const y = f(...inputs);
  return [y, ...tf.grads(f as (...inputs: tf.Tensor[]) => tf.Tensor)(inputs, values(y.shape, 9))];
};

describeWasm('kernels of tfjs on wasm, as on cpu', () => {
  leavesNoTensors();

  test('lets an infinite number change no output of a 3x3 convolution but those that read it', () => {
    tf.tidy(() => {
      const at = (i: number, j: number) => Math.abs(i - 3) <= 1 && Math.abs(j - 3) <= 1;
      const x = tf.buffer<tf.Rank.R4>([1, 8, 8, 8]);
      x.set(Number.POSITIVE_INFINITY, 0, 3, 3, 2);
      const y = tf.conv2d(x.toTensor(), tf.ones<tf.Rank.R4>([3, 3, 8, 8]), 1, 'same').arraySync()[0]!;
      // Differences of infinities are NaN on the way of Winograd's transform.
      for (const [i, row] of y.entries())
        for (const [j, pixel] of row.entries())
          for (const value of pixel) expect(value === 0).toBe(!at(i, j));
    });
  });
  beforeEach(async () => {
    await tf.setBackend('wasm');
    await enableWasmTraining();
  });
  afterEach(async () => {
    await tf.setBackend('wasm');
    disableWasmTraining();
  });

  test('conv2d and its gradients: windows, strides, padding, rounding', () =>
    fc.assert(
      fc.asyncProperty(geometry, ({ input, kernel: [kh, kw], strides, padding: p, more }) =>
        expectSame(() =>
          withGradients(
            (x, filter) =>
              tf.conv2d(x!, filter!, strides, p.pad, 'NHWC', 1, 'mode' in p ? p.mode : undefined),
            [values(input, 1), values([kh, kw, input[3], more], 2)],
          ),
        ),
      ),
      runs,
    ));

  test('depthwiseConv2d and its gradients: channel multipliers too', () =>
    fc.assert(
      fc.asyncProperty(geometry, ({ input, kernel: [kh, kw], strides, padding: p, more }) =>
        expectSame(() =>
          withGradients(
            (x, filter) =>
              tf.depthwiseConv2d(x!, filter!, strides, p.pad, 'NHWC', 1, 'mode' in p ? p.mode : undefined),
            [values(input, 1), values([kh, kw, input[3], Math.min(more, 3)], 2)],
          ),
        ),
      ),
      runs,
    ));

  test('depthwiseConv2d with dilation, of one output a channel or more', () =>
    expectSame(() => {
      const x = values([2, 9, 7, 5], 1);
      const run = (times: number, pad: 'same' | 'valid', dilations: [number, number]) =>
        tf.depthwiseConv2d(x, values([3, 2, 5, times], 2), 1, pad, 'NHWC', dilations);
      return [
        run(1, 'same', [2, 2]),
        run(1, 'valid', [3, 3]),
        run(1, 'same', [1, 2]),
        run(2, 'same', [2, 2]),
      ];
    }));

  test('convolutions with a bias and an activation, dense and depthwise', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          input: fc.tuple(fc.integer({ min: 1, max: 2 }), side, side, fc.constantFrom(1, 3, 8, 16)),
          size: fc.constantFrom(1, 2, 3, 5),
          stride,
          pad: fc.constantFrom('same' as const, 'valid' as const, 1),
          dilations: fc.integer({ min: 1, max: 2 }),
          outputs: fc.constantFrom(1, 5, 8, 20),
          withBias: fc.boolean(),
          activation: fc.constantFrom('linear', 'relu', 'relu6', 'elu'),
        }),
        ({ input, size, stride: strides, pad, dilations: apart, outputs, withBias, activation }) =>
          expectSame(() => {
            // A window must fit.
            const dilations = size > 3 ? 1 : apart;
            const wide = tf.mul(values(input, 1), 4) as tf.Tensor4D;
            const given = (channels: number) => ({
              x: wide,
              strides: dilations === 1 ? strides : 1,
              pad,
              ...(pad === 1 ? { dimRoundingMode: 'floor' as const } : {}),
              dilations,
              activation: activation as 'relu',
              ...(withBias ? { bias: values([channels], 3) as unknown as tf.Tensor1D } : {}),
            });
            const channels = input[3];
            return [
              tf.fused.conv2d({ ...given(outputs), filter: values([size, size, channels, outputs], 2) }),
              tf.fused.depthwiseConv2d({ ...given(channels), filter: values([size, size, channels, 1], 2) }),
            ];
          }),
      ),
      { ...runs, numRuns: 40 },
    ));

  test('concat along every axis, of numbers and of truth values', () =>
    expectSame(() => {
      const shapes = [
        [2, 3, 4],
        [2, 3, 4],
        [2, 3, 4],
      ];
      const along = (axis: number) =>
        tf.concat(
          shapes.map((shape, i) =>
            values(
              shape.map((side, j) => (j === (axis + 3) % 3 ? side + i : side)),
              i + 1,
            ),
          ),
          axis,
        );
      const truths = tf.concat([tf.ones([2, 1], 'bool'), tf.zeros([2, 2], 'bool')], 1);
      return [
        along(0),
        along(1),
        along(2),
        along(-1),
        tf.concat([values([2, 0], 1), values([2, 3], 2)], 1),
        truths,
      ];
    }));

  test('maxPool and avgPool and their gradients, of equal numbers too', () =>
    fc.assert(
      fc.asyncProperty(
        // cpu takes a 1x1 pool for the identity wherever the sizes agree, whatever its strides.
        geometry.filter(({ kernel: [kh, kw] }) => kh * kw > 1),
        ({ input, kernel: size, strides, padding: p }) =>
          expectSame(() => {
            const mode = 'mode' in p ? p.mode : undefined;
            const x = tf.relu(values(input, 1));
            return [
              ...withGradients((map) => tf.maxPool(map!, size, strides, p.pad, mode), [x]),
              ...withGradients((map) => tf.avgPool(map!, size, strides, p.pad, mode), [x]),
            ];
          }),
      ),
      runs,
    ));

  test('conv3d, maxPool3d and their gradients', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          sides: fc.tuple(side, side, side),
          kernel: fc.tuple(kernel, kernel, kernel),
          strides: fc.tuple(stride, stride, stride),
          pad: fc.constantFrom('same' as const, 'valid' as const),
        }),
        ({ sides, kernel: size, strides, pad }) =>
          expectSame(() => {
            const x = tf.relu(values([1, ...sides, 2], 1)) as unknown as tf.Tensor4D;
            return [
              ...withGradients(
                (map, filter) => tf.conv3d(map as never, filter as never, strides, pad),
                [x, values([...size, 2, 3], 2)],
              ),
              // Where windows are taller than wide, or less tall, cpu loses the place of the largest number.
              ...withGradients(
                (map) => tf.maxPool3d(map as never, [size[0], size[1], size[1]], strides, pad),
                [x],
              ),
            ];
          }),
      ),
      { ...runs, numRuns: 15 },
    ));

  test('dilated depthwise gradients are the adjoints of the convolution', () =>
    fc.assert(
      fc.property(
        fc.record({
          input: fc.tuple(fc.constant(2), fc.constant(9), fc.constant(8), channels),
          dilations: fc.tuple(stride, stride),
          pad: fc.constantFrom('same' as const, 'valid' as const),
          times: fc.integer({ min: 1, max: 3 }),
        }),
        ({ input, dilations, pad, times }) => {
          const [along, ...across] = tf.tidy(() => {
            const x = values(input, 1);
            const filter = values([3, 3, input[3], times], 2);
            const y = tf.depthwiseConv2d(x, filter, 1, pad, 'NHWC', dilations);
            const dy = values(y.shape, 3);
            const attrs = { strides: 1, dilations, pad };
            const run = (name: string, inputs: tf.NamedTensorMap, more: tf.NamedAttrMap) =>
              tf.engine().runKernel(name, inputs, { ...attrs, ...more }) as tf.Tensor4D;
            const dx = run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { inputShape: x.shape });
            const dFilter = run(
              'DepthwiseConv2dNativeBackpropFilter',
              { x, dy },
              { filterShape: filter.shape },
            );
            const dot = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).dataSync()[0]!;
            return [dot(y, dy), dot(x, dx), dot(filter, dFilter)];
          });
          for (const other of across)
            expect(Math.abs(along - other)).toBeLessThan(1e-3 * (1 + Math.abs(along)));
        },
      ),
      runs,
    ));

  test('whole numbers, and channels first', () =>
    expectSame(() => {
      const whole = (shape: number[], seed: number) =>
        tf.cast(tf.round(tf.mul(values(shape, seed), 3)), 'int32');
      const run = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) =>
        tf.engine().runKernel(name, inputs, { strides: 1, pad: 'same', dilations: 1, ...attrs }) as tf.Tensor;
      const [x, dy] = [whole([2, 5, 4, 3], 1), whole([2, 5, 4, 3], 2)];
      return [
        run('Conv2DBackpropFilter', { x, dy }, { filterShape: [3, 3, 3, 3], dataFormat: 'NHWC' }),
        run('Conv2DBackpropFilter', { x, dy }, { filterShape: [3, 3, 5, 5], dataFormat: 'NCHW' }),
        run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape: [3, 3, 3, 1] }),
        run(
          'DepthwiseConv2dNativeBackpropInput',
          { dy, filter: whole([3, 3, 3, 1], 4) },
          { inputShape: x.shape },
        ),
        tf.unsortedSegmentSum(x, tf.tensor1d([1, -1], 'int32'), 3),
        tf.maxPool(x as tf.Tensor4D, 2, 1, 'same'),
        tf.cast(values([7], 5), 'bool'),
      ];
    }));

  test('segments that do not match the rows are refused', () => {
    tf.tidy(() => {
      expect(() => tf.unsortedSegmentSum(values([3, 2], 1), tf.tensor1d([0, 1], 'int32'), 2)).toThrow(
        'unsortedSegmentSum: there must be one segment a row, got [2]; use [3]',
      );
    });
  });
});
