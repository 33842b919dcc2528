import { test } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { channelMoments, Heap, product, transpose } from './heap';
import { describeWasm, expectClose } from './support';

/** [n, h, w, inputs, outputs] of convolutions of side 3; all but the last two go by Winograd's transform. */
const shapes = [
  [2, 4, 6, 8, 12],
  [1, 2, 2, 12, 8],
  // Two rows of tiles at a time, then one.
  [2, 6, 32, 24, 8],
  [2, 5, 6, 8, 8],
  [1, 4, 4, 6, 8],
] as const;

/** What the convolution reads may be normalised, its own norm may lie behind it, and the gradient added to another one. */
const settings = [
  { affine: false, rectify: false, norm: false, accumulate: false },
  { affine: false, rectify: true, norm: true, accumulate: true },
  { affine: true, rectify: true, norm: true, accumulate: false },
] as const;

describeWasm('dense convolutions of the module', () => {
  leavesNoTensors();

  test.each(settings)(
    '3x3, affine: $affine, rectify: $rectify, norm: $norm, accumulate: $accumulate',
    async ({ affine, rectify, norm, accumulate }) => {
      for (const [seed, [n, h, w, inputs, outputs]] of shapes.entries()) {
        await Heap.with(seed + 1, (heap) => {
          const { exports: f } = heap.module;
          const pixels = n * h * w;
          const x = heap.random(pixels * inputs);
          const filter = heap.random(9 * inputs * outputs);
          const dy = heap.random(pixels * outputs);
          const [mean, gain, offset] = [0, 1, 2].map(() => heap.random(inputs)) as [number, number, number];
          const behind = [0, 1, 2, 3].map(() => heap.random(outputs)) as [number, number, number, number];
          const source = [x, n, h, w, inputs, mean, affine ? gain : 0, affine ? offset : 0, rectify] as const;

          const xs = heap.read(x, pixels * inputs);
          const [m, g, o] = [mean, gain, offset].map((vector) => heap.read(vector, inputs));
          const into = xs.map((v, i) =>
            affine ? (v - m![i % inputs]!) * g![i % inputs]! + o![i % inputs]! : v,
          );
          const read = rectify ? into.map((v) => Math.max(v, 0)) : into;
          // Where each place of each window reads, or -1 on the border.
          const places = Int32Array.from({ length: pixels * 9 }, (_, p) => {
            const [pixel, tap] = [Math.floor(p / 9), p % 9];
            const [i, j] = [
              (Math.floor(pixel / w) % h) + Math.floor(tap / 3) - 1,
              (pixel % w) + (tap % 3) - 1,
            ];
            return i < 0 || i >= h || j < 0 || j >= w ? -1 : (Math.floor(pixel / (h * w)) * h + i) * w + j;
          });
          const windows = new Float64Array(pixels * 9 * inputs).map((_, p) => {
            const place = places[Math.floor(p / inputs)]!;
            return place < 0 ? 0 : read[place * inputs + (p % inputs)]!;
          });
          const matrix = heap.read(filter, 9 * inputs * outputs);
          const expected = product(windows, matrix, 9 * inputs, outputs);

          const z = heap.room(pixels * outputs);
          const state = heap.room(f.momentsBytes(outputs) / 4);
          const forwardScratch = heap.room(f.denseForwardBytes(h, w, inputs, 3, outputs) / 4);
          f.denseForward(...source, filter, 3, outputs, z, state, 0, false, false, forwardScratch);
          expectClose({ z: heap.read(z, pixels * outputs) }, { z: expected });
          const [newMean, variance] = [heap.room(outputs), heap.room(outputs)];
          f.momentsEnd(state, outputs, pixels, newMean, variance);
          expectClose(
            { mean: heap.read(newMean, outputs), variance: heap.read(variance, outputs) },
            { ...channelMoments(expected, outputs) },
            1e-4,
          );

          const [zMean, a, b, d] = behind.map((vector) => heap.read(vector, outputs));
          const dz = heap.read(dy, pixels * outputs).map((v, i) => {
            const k = i % outputs;
            return norm ? a![k]! * v + b![k]! * (expected[i]! - zMean![k]!) + d![k]! : v;
          });
          const start = accumulate ? heap.random(pixels * inputs) : heap.room(pixels * inputs);
          const dx = accumulate ? heap.read(start, pixels * inputs) : new Float64Array(pixels * inputs);
          product(dz, transpose(matrix, outputs), outputs, 9 * inputs).forEach((v, p) => {
            const place = places[Math.floor(p / inputs)]!;
            const at = place * inputs + (p % inputs);
            if (place >= 0 && !(rectify && into[at]! <= 0)) dx[at]! += v;
          });
          const dFilter = heap.room(9 * inputs * outputs, 0.5);
          const gradient = [dy, z, behind[0], norm ? behind[1] : 0, behind[2], behind[3]] as const;
          const backwardScratch = heap.room(f.denseBackwardBytes(h, w, inputs, 3, outputs) / 4);
          f.denseBackward(
            ...gradient,
            ...source,
            filter,
            3,
            outputs,
            dFilter,
            start,
            accumulate,
            0,
            backwardScratch,
          );
          expectClose(
            {
              dx: heap.read(start, pixels * inputs),
              dFilter: heap.read(dFilter, 9 * inputs * outputs).map((v) => v - 0.5),
            },
            { dx, dFilter: product(transpose(windows, 9 * inputs), dz, pixels, outputs) },
            5e-5,
          );
        });
      }
    },
  );
});
