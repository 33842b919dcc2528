import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conv2d, depthwiseConv2d, pointwiseConv2d, type WindowOptions } from '../../../src/kernels';
import { expectNear } from '../../support/close';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import * as reference from './reference';
import { dilation, filters, kernelSide, mapShape, runs, seed, stride } from './support';

type Shape4 = [number, number, number, number];

/** Value and both gradients of a convolution against differences of the double-precision one. */
function check(
  convolve: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor4D,
  inDoubles: (x: ArrayLike<number>, filter: ArrayLike<number>) => reference.Maps,
  shape: Shape4,
  filterShape: Shape4,
  seed: number,
): void {
  const x = normal<tf.Rank.R4>(shape, seed);
  const filter = normal<tf.Rank.R4>(filterShape, `${seed}/filter`);
  const [xs, fs] = [x.dataSync(), filter.dataSync()];
  const expected = inDoubles(xs, fs);
  const dy = normal<tf.Rank.R4>([...expected.shape], `${seed}/dy`);
  const dys = dy.dataSync();

  const { y, grads } = differentiate(() => convolve(x, filter), [x, filter], dy);
  expect(y.shape).toEqual(expected.shape);
  expectNear(y, expected.data);
  // The convolution is linear in each argument: differences are exact whatever the step.
  const over = (f: (values: Float64Array) => reference.Maps) => (values: Float64Array) =>
    reference.dot(f(values).data, dys);
  expectNear(
    grads[0]!,
    reference.numericGradient(
      over((values) => inDoubles(values, fs)),
      xs,
      1,
    ),
  );
  expectNear(
    grads[1]!,
    reference.numericGradient(
      over((values) => inDoubles(xs, values)),
      fs,
      1,
    ),
  );
  tf.dispose([x, filter, dy, y, [...grads]]);
}

const padding = fc.option(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })), { nil: undefined, freq: 1 });

/** The window the options stand for, and whether it fits the map. */
function resolve(shape: Shape4, [kh, kw]: [number, number], options: WindowOptions) {
  const { stride = 1, dilation = 1, pad } = options;
  const pair = (value: number | readonly [number, number]) =>
    typeof value === 'number' ? ([value, value] as const) : value;
  const window: reference.Window = {
    stride: pair(stride),
    dilation,
    pad: pair(pad ?? [(dilation * (kh - 1)) / 2, (dilation * (kw - 1)) / 2]),
  };
  const fits =
    shape[1] + 2 * window.pad[0] > dilation * (kh - 1) && shape[2] + 2 * window.pad[1] > dilation * (kw - 1);
  return { window, fits };
}

describe('conv2d', () => {
  leavesNoTensors();

  it('equals the definition, and its gradients differences, whatever the geometry', () => {
    fc.assert(
      fc.property(
        mapShape,
        fc.tuple(kernelSide, kernelSide),
        filters,
        fc.tuple(stride, stride),
        padding,
        seed,
        (shape, kernel, outputs, step, pad, at) => {
          const options = { stride: step, ...(pad ? { pad } : {}) };
          const { window, fits } = resolve(shape, kernel, options);
          fc.pre(fits);
          const filterShape: Shape4 = [...kernel, shape[3], outputs];
          check(
            (x, filter) => conv2d(x, filter, options),
            (x, filter) => reference.conv2d(x, shape, filter, filterShape, window),
            shape,
            filterShape,
            at,
          );
        },
      ),
      runs,
    );
  });
});

describe('depthwiseConv2d', () => {
  leavesNoTensors();

  it('equals the definition, and its gradients differences, whatever the geometry', () => {
    fc.assert(
      fc.property(
        mapShape,
        fc.tuple(kernelSide, kernelSide),
        fc.tuple(stride, stride),
        dilation,
        padding,
        seed,
        (shape, kernel, step, apart, pad, at) => {
          const options = { stride: step, dilation: apart, ...(pad ? { pad } : {}) };
          const { window, fits } = resolve(shape, kernel, options);
          fc.pre(fits);
          const filterShape: Shape4 = [...kernel, shape[3], 1];
          check(
            (x, filter) => depthwiseConv2d(x, filter, options),
            (x, filter) => reference.depthwiseConv2d(x, shape, filter, filterShape, window),
            shape,
            filterShape,
            at,
          );
        },
      ),
      runs,
    );
  });

  // The windows of the DARTS space, on even and odd sizes.
  it.each([
    { size: 3, step: 1, apart: 1 },
    { size: 3, step: 2, apart: 1 },
    { size: 5, step: 1, apart: 1 },
    { size: 5, step: 2, apart: 1 },
    { size: 3, step: 1, apart: 2 },
    { size: 3, step: 2, apart: 2 },
    { size: 5, step: 1, apart: 2 },
    { size: 5, step: 2, apart: 2 },
    { size: 7, step: 2, apart: 1 },
  ])('has a $size x $size window of stride $step and dilation $apart', ({ size, step, apart }) => {
    for (const shape of [
      [2, 6, 4, 3],
      [1, 5, 7, 5],
    ] as Shape4[]) {
      const options = { stride: step, dilation: apart };
      const { window } = resolve(shape, [size, size], options);
      const filterShape: Shape4 = [size, size, shape[3], 1];
      check(
        (x, filter) => depthwiseConv2d(x, filter, options),
        (x, filter) => reference.depthwiseConv2d(x, shape, filter, filterShape, window),
        shape,
        filterShape,
        1,
      );
    }
  });
});

describe('pointwiseConv2d', () => {
  leavesNoTensors();

  it('equals the definition, and its gradients differences, strided and shifted', () => {
    fc.assert(
      fc.property(mapShape, filters, stride, fc.nat({ max: 2 }), seed, (shape, outputs, step, offset, at) => {
        const [n, height, width, inputs] = shape;
        const out: Shape4 = [n, Math.ceil(height / step), Math.ceil(width / step), outputs];
        const inDoubles = (x: ArrayLike<number>, filter: ArrayLike<number>): reference.Maps => {
          const data = new Float64Array(reference.sizeOf(out));
          data.forEach((_, index) => {
            const o = index % outputs;
            const j = Math.floor(index / outputs) % out[2];
            const i = Math.floor(index / outputs / out[2]) % out[1];
            const b = Math.floor(index / outputs / out[2] / out[1]);
            const [row, column] = [i * step + offset, j * step + offset];
            if (row >= height || column >= width) return;
            for (let c = 0; c < inputs; c++) {
              data[index]! +=
                x[((b * height + row) * width + column) * inputs + c]! * filter[c * outputs + o]!;
            }
          });
          return { shape: out, data };
        };
        check(
          (x, filter) => pointwiseConv2d(x, filter, { stride: step, offset }),
          inDoubles,
          shape,
          [1, 1, inputs, outputs],
          at,
        );
      }),
      runs,
    );
  });
});
