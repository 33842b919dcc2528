import * as fc from 'fast-check';
import { test } from 'vitest';
import { BLOCK_BYTES, planBlock } from '../../../src/wasm/kernels/block';
import { leavesNoTensors } from '../../support/memory';
import { channelMoments, Heap, product, transpose } from './heap';
import { describeWasm, expectClose } from './support';

const sizes = fc
  .record({
    images: fc.integer({ min: 1, max: 2 }),
    height: fc.integer({ min: 1, max: 12 }),
    width: fc.integer({ min: 1, max: 20 }),
    channels: fc.oneof(fc.integer({ min: 1, max: 21 }), fc.constantFrom(4, 8, 16)),
    outputs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 37 }), fc.constantFrom(8, 16, 32)),
    kernelHeight: fc.constantFrom(1, 2, 3, 5, 7),
    kernelWidth: fc.constantFrom(1, 3, 4, 5, 7),
    strideHeight: fc.integer({ min: 1, max: 3 }),
    strideWidth: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    padHeight: fc.integer({ min: 0, max: 6 }),
    padWidth: fc.integer({ min: 0, max: 6 }),
  })
  .filter(
    (s) =>
      s.height + 2 * s.padHeight > s.dilation * (s.kernelHeight - 1) &&
      s.width + 2 * s.padWidth > s.dilation * (s.kernelWidth - 1),
  );

const cases = fc.record({
  sizes,
  rectify: fc.boolean(),
  input: fc.constantFrom('plain', 'affine', 'affine with offset'),
  normBehind: fc.boolean(),
  result: fc.constantFrom('written', 'accumulated', 'written with sums'),
  weights: fc.boolean(),
  inputs: fc.boolean(),
  seed: fc.integer(),
});

describeWasm('the fused block: ReLU, depthwise, pointwise', () => {
  leavesNoTensors();

  test('agrees with plain loops, forward and backward', () =>
    fc.assert(
      fc.asyncProperty(cases, ({ sizes: s, rectify, input, normBehind, result, weights, inputs, seed }) =>
        Heap.with(seed, (heap) => {
          const { exports: functions } = heap.module;
          const block = heap.room(BLOCK_BYTES / 4);
          const [outHeight, outWidth] = planBlock(heap.module, block, s);
          const c = s.channels;
          const outputs = s.outputs || c;
          const pixels = s.images * outHeight * outWidth;
          const size = s.images * s.height * s.width * c;
          const taps = s.kernelHeight * s.kernelWidth;
          const [x, depthwise, pointwise, dy] = [size, taps * c, c * outputs, pixels * outputs].map((n) =>
            heap.random(n),
          ) as [number, number, number, number];
          const [mean, gain] = input === 'plain' ? [0, 0] : [heap.random(c), heap.random(c)];
          const offset = input === 'affine with offset' ? heap.random(c) : 0;
          const behind = normBehind && s.outputs > 0;
          const [z0, zMean, a, b, d] = (
            behind ? [pixels * outputs, outputs, outputs, outputs, outputs] : []
          ).map((n) => heap.random(n));

          // The reference: every sum in float64, every tap bounds-checked.
          const xs = heap.read(x, size);
          const at = (address: number, i: number) => heap.read(address + 4 * i, 1)[0]!;
          const channelOf = (i: number) => i % c;
          const means = mean ? heap.read(mean, c) : new Float64Array(c);
          const read = xs.map((v, i) => {
            const k = channelOf(i);
            const affine = gain ? (v - means[k]!) * at(gain, k) + (offset ? at(offset, k) : 0) : v;
            return rectify ? Math.max(affine, 0) : affine;
          });
          const filter = heap.read(depthwise, taps * c);
          const each = (visit: (from: number, to: number, tap: number) => void) => {
            for (let n = 0; n < s.images; n++)
              for (let i = 0; i < outHeight; i++)
                for (let j = 0; j < outWidth; j++)
                  for (let u = 0; u < s.kernelHeight; u++)
                    for (let v = 0; v < s.kernelWidth; v++) {
                      const row = i * s.strideHeight + u * s.dilation - s.padHeight;
                      const column = j * s.strideWidth + v * s.dilation - s.padWidth;
                      if (row < 0 || column < 0 || row >= s.height || column >= s.width) continue;
                      visit(
                        ((n * s.height + row) * s.width + column) * c,
                        ((n * outHeight + i) * outWidth + j) * c,
                        (u * s.kernelWidth + v) * c,
                      );
                    }
          };
          const deep = new Float64Array(pixels * c);
          each((from, to, tap) => {
            for (let k = 0; k < c; k++) deep[to + k]! += read[from + k]! * filter[tap + k]!;
          });
          const matrix = heap.read(pointwise, c * outputs);
          const expectedZ = s.outputs ? product(deep, matrix, c, outputs) : deep;
          let dz = heap.read(dy, pixels * outputs);
          if (behind) {
            const zs = heap.read(z0!, pixels * outputs);
            dz = dz.map((g, i) => {
              const k = i % outputs;
              return at(a!, k) * g + at(b!, k) * (zs[i]! - at(zMean!, k)) + at(d!, k);
            });
          }
          const dDeep = s.outputs ? product(dz, transpose(matrix, outputs), outputs, c) : dz;
          const dFilter = new Float64Array(taps * c).fill(0.25);
          const dRead = new Float64Array(size);
          each((from, to, tap) => {
            for (let k = 0; k < c; k++) {
              dFilter[tap + k]! += read[from + k]! * dDeep[to + k]!;
              dRead[from + k]! += dDeep[to + k]! * filter[tap + k]!;
            }
          });
          const dx = dRead.map((g, i) => (rectify && !(read[i]! > 0) ? 0 : g));

          const z = heap.room(pixels * outputs);
          const state = heap.room(functions.momentsBytes(outputs) / 4);
          functions.blockForward(
            block,
            x,
            mean!,
            gain!,
            offset,
            rectify,
            false,
            depthwise,
            pointwise,
            z,
            s.outputs ? state : 0,
            heap.room(functions.blockForwardBytes(block) / 4),
          );
          expectClose({ z: heap.read(z, pixels * outputs) }, { z: expectedZ });
          if (s.outputs) {
            const [m, v] = [heap.room(outputs), heap.room(outputs)];
            functions.momentsEnd(state, outputs, pixels, m, v);
            expectClose(
              { mean: heap.read(m, outputs), variance: heap.read(v, outputs) },
              { ...channelMoments(expectedZ, outputs) },
              1e-4,
            );
          }

          const outDepthwise = heap.room(taps * c, 0.25);
          const outPointwise = heap.room(c * outputs, 0.25);
          const outX = heap.room(size, 0.5);
          const padded = Math.ceil(c / 4) * 4;
          const sums = heap.room(padded * 4, 0);
          functions.blockBackward(
            block,
            dy,
            z0 ?? 0,
            zMean ?? 0,
            a ?? 0,
            b ?? 0,
            d ?? 0,
            x,
            mean!,
            gain!,
            offset,
            rectify,
            false,
            depthwise,
            pointwise,
            weights ? outDepthwise : 0,
            weights && s.outputs ? outPointwise : 0,
            inputs ? outX : 0,
            result === 'accumulated',
            result === 'written with sums' ? sums : 0,
            heap.room(functions.blockBackwardBytes(block) / 4),
          );
          if (weights) {
            expectClose({ dDepthwise: heap.read(outDepthwise, taps * c) }, { dDepthwise: dFilter });
            if (s.outputs) {
              const expected = product(transpose(deep, c), dz, pixels, outputs).map((v) => v + 0.25);
              expectClose({ dPointwise: heap.read(outPointwise, c * outputs) }, { dPointwise: expected });
            }
          }
          if (inputs) {
            const before = result === 'accumulated' ? 0.5 : 0;
            expectClose({ dx: heap.read(outX, size) }, { dx: dx.map((v) => v + before) });
            if (result === 'written with sums') {
              const [sum, centred] = [new Float64Array(c), new Float64Array(c)];
              dx.forEach((g, i) => {
                sum[channelOf(i)]! += g;
                centred[channelOf(i)]! += g * (xs[i]! - means[channelOf(i)]!);
              });
              const out = [heap.room(c), heap.room(c)] as const;
              functions.sumsEnd(sums, c, out[0]);
              functions.sumsEnd(sums + 8 * padded, c, out[1]);
              expectClose(
                { sum: heap.read(out[0], c), centred: heap.read(out[1], c) },
                { sum, centred },
                1e-4,
              );
            }
          }
        }),
      ),
      { numRuns: 150 },
    ));
});
