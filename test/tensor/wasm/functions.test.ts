import * as fc from 'fast-check';
import { test } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { channelMoments, Heap, product, transpose } from './heap';
import { describeWasm, expectClose } from './support';

const channels = fc.oneof(fc.integer({ min: 1, max: 21 }), fc.constantFrom(4, 8, 16, 48));
const pixels = fc.integer({ min: 1, max: 300 });

describeWasm('functions of the module that no kernel of their own uses', () => {
  leavesNoTensors();

  test('pointwise with ReLU, a batch norm behind, moments, and two halves of one map', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          n: fc.integer({ min: 1, max: 2 }),
          h: fc.integer({ min: 2, max: 9 }),
          w: fc.integer({ min: 2, max: 40 }),
          inputs: channels,
          half: channels,
          stride: fc.integer({ min: 1, max: 2 }),
          norm: fc.boolean(),
          seed: fc.integer(),
        }),
        ({ n, h, w, inputs, half, stride, norm, seed }) =>
          Heap.with(seed, (heap) => {
            const { exports: f } = heap.module;
            const [oh, ow] = [Math.ceil(h / stride), Math.ceil(w / stride)];
            const outputs = 2 * half;
            const size = n * oh * ow;
            const x = heap.random(n * h * w * inputs);
            const filters = [heap.random(inputs * half), heap.random(inputs * half)];
            const dy = heap.random(size * outputs);
            const y = heap.room(size * outputs);
            const vectors = [0, 1, 2, 3].map(() => heap.random(outputs));
            const states = filters.map(() => heap.room(f.momentsBytes(half) / 4));
            filters.forEach((filter, offset) => {
              f.pointwiseForward(
                x,
                n,
                h,
                w,
                inputs,
                filter,
                half,
                stride,
                stride === 2 ? offset : 0,
                true,
                y + offset * half * 4,
                outputs * 4,
                states[offset]!,
                heap.room(f.pointwiseForwardBytes(w, inputs, half) / 4),
              );
            });

            const xs = heap.read(x, n * h * w * inputs);
            const expected = new Float64Array(size * outputs);
            const dx = new Float64Array(xs.length);
            const dFilters = filters.map(() => new Float64Array(inputs * half));
            const dz = heap.read(dy, size * outputs);
            const [mean, a, b, d] = vectors.map((v) => heap.read(v, outputs)) as [
              Float64Array,
              Float64Array,
              Float64Array,
              Float64Array,
            ];
            const rows = filters.map((filter, part) => {
              const offset = stride === 2 ? part : 0;
              const source: number[] = [];
              for (let k = 0; k < n; k++)
                for (let i = 0; i < oh; i++)
                  for (let j = 0; j < ow; j++) {
                    const [r, s] = [i * stride + offset, j * stride + offset];
                    source.push(r < h && s < w ? ((k * h + r) * w + s) * inputs : -1);
                  }
              const read = new Float64Array(size * inputs).map((_, i) => {
                const from = source[Math.floor(i / inputs)]!;
                return from < 0 ? 0 : Math.max(0, xs[from + (i % inputs)]!);
              });
              const matrix = heap.read(filter, inputs * half);
              product(read, matrix, inputs, half).forEach((v, i) => {
                expected[Math.floor(i / half) * outputs + part * half + (i % half)] = v;
              });
              return { source, read, matrix };
            });
            expectClose({ y: heap.read(y, size * outputs) }, { y: expected });
            states.forEach((state, part) => {
              const [m, v] = [heap.room(half), heap.room(half)];
              f.momentsEnd(state, half, size, m, v);
              const own = Float64Array.from(
                { length: size * half },
                (_, i) => expected[Math.floor(i / half) * outputs + part * half + (i % half)]!,
              );
              expectClose(
                { mean: heap.read(m, half), variance: heap.read(v, half) },
                { ...channelMoments(own, half) },
                1e-4,
              );
            });

            if (norm)
              dz.forEach((g, i) => {
                const k = i % outputs;
                dz[i] = a[k]! * g + b[k]! * (expected[i]! - mean[k]!) + d[k]!;
              });
            rows.forEach(({ source, read, matrix }, part) => {
              const own = Float64Array.from(
                { length: size * half },
                (_, i) => dz[Math.floor(i / half) * outputs + part * half + (i % half)]!,
              );
              // Pixels beyond the map are constants: no gradient reaches the filter through them.
              dFilters[part]!.set(product(transpose(read, inputs), own, size, half));
              product(own, transpose(matrix, half), half, inputs).forEach((g, i) => {
                const from = source[Math.floor(i / inputs)]!;
                if (from >= 0 && xs[from + (i % inputs)]! > 0) dx[from + (i % inputs)]! += g;
              });
            });
            const outX = heap.room(xs.length);
            filters.forEach((filter, part) => {
              const shift = part * half * 4;
              const outFilter = heap.room(inputs * half, 0);
              f.pointwiseBackward(
                dy + shift,
                y + shift,
                outputs * 4,
                vectors[0]! + shift,
                norm ? vectors[1]! + shift : 0,
                vectors[2]! + shift,
                vectors[3]! + shift,
                x,
                n,
                h,
                w,
                inputs,
                filter,
                half,
                stride,
                stride === 2 ? part : 0,
                true,
                outFilter,
                outX,
                part === 1,
                heap.room(f.pointwiseBackwardBytes(w, inputs, half) / 4),
              );
              expectClose(
                { dFilter: heap.read(outFilter, inputs * half) },
                { dFilter: dFilters[part]! },
                1e-4,
              );
            });
            expectClose({ dx: heap.read(outX, xs.length) }, { dx }, 1e-4);
          }),
      ),
      { numRuns: 80 },
    ));

  test('the mixture of an edge, its sums and the gradient of its weights', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          pixels,
          c: channels,
          kinds: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
          seed: fc.integer(),
        }),
        ({ pixels: size, c, kinds, seed }) =>
          Heap.with(seed, (heap) => {
            const { exports: f } = heap.module;
            const k = kinds.length;
            const terms = kinds.map((norm) => ({
              z: heap.random(size * c),
              mean: norm ? heap.random(c) : 0,
              gain: norm ? heap.random(c) : 0,
              offset: norm && c % 2 === 0 ? heap.random(c) : 0,
            }));
            const weights = heap.random(k);
            const dy = heap.random(size * c);
            const table = heap.words(terms.flatMap(({ z, mean, gain, offset }) => [z, mean, gain, offset]));
            const y = heap.room(size * c);
            f.mixtureForward(table, k, weights, size, c, y, heap.room(f.mixtureForwardBytes(k, c) / 4));
            const sums = heap.room(f.mixtureSumsBytes(k, c) / 4);
            f.mixtureSums(table, k, dy, size, c, heap.room(Math.ceil(c / 4) * 4), sums);
            const dWeights = heap.room(k);
            f.mixtureWeightGrads(table, k, c, sums, dWeights);

            const [w, g] = [heap.read(weights, k), heap.read(dy, size * c)];
            const values = terms.map(({ z, mean, gain, offset }) => {
              const [m, r] = mean
                ? [heap.read(mean, c), heap.read(gain, c)]
                : [new Float64Array(c), new Float64Array(c).fill(1)];
              const o = offset ? heap.read(offset, c) : new Float64Array(c);
              return heap.read(z, size * c).map((v, i) => (v - m[i % c]!) * r[i % c]! + o[i % c]!);
            });
            expectClose(
              { y: heap.read(y, size * c), dWeights: heap.read(dWeights, k) },
              {
                y: g.map((_, i) => values.reduce((sum, v, j) => sum + w[j]! * v[i]!, 0)),
                dWeights: values.map((v) => v.reduce((sum, value, i) => sum + value * g[i]!, 0)),
              },
            );
            const total = heap.room(c);
            f.sumsEnd(sums, c, total);
            const expected = new Float64Array(c);
            g.forEach((value, i) => {
              expected[i % c]! += value;
            });
            // Terms may cancel: what rounding is relative to is the sum of their sizes.
            const magnitude = g.reduce((sum, value) => sum + Math.abs(value), 0);
            expectClose({ total: [...heap.read(total, c), magnitude] }, { total: [...expected, magnitude] });
          }),
      ),
      { numRuns: 80 },
    ));

  test('convolutions and pools add up the moments of what they write', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          n: fc.integer({ min: 1, max: 2 }),
          h: fc.integer({ min: 3, max: 9 }),
          w: fc.integer({ min: 3, max: 9 }),
          c: channels,
          stride: fc.integer({ min: 1, max: 2 }),
          seed: fc.integer(),
        }),
        ({ n, h, w, c, stride, seed }) =>
          Heap.with(seed, (heap) => {
            const { exports: f } = heap.module;
            const x = heap.random(n * h * w * c);
            const outputs = 6;
            const filter = heap.random(9 * c * outputs);
            const size = n * Math.ceil(h / stride) * Math.ceil(w / stride);
            const expectMoments = (width: number, run: (y: number, state: number) => void) => {
              const [y, mean, variance] = [heap.room(size * width), heap.room(width), heap.room(width)];
              const state = heap.room(f.momentsBytes(width) / 4);
              run(y, state);
              f.momentsEnd(state, width, size, mean, variance);
              expectClose(
                { mean: heap.read(mean, width), variance: heap.read(variance, width) },
                { ...channelMoments(heap.read(y, size * width), width) },
                1e-4,
              );
            };
            expectMoments(outputs, (y, state) => {
              const scratch = heap.room(f.convForwardBytes(h, w, c, 3, 3, outputs, 1, 1) / 4);
              f.convForward(x, n, h, w, c, filter, 3, 3, outputs, stride, stride, 1, 1, 1, y, state, scratch);
            });
            for (const pool of [f.maxPoolForward, f.avgPoolForward]) {
              expectMoments(c, (y, state) => {
                const scratch = heap.room(f.poolBytes(h, w, c, 1, 1) / 4);
                pool(x, n, h, w, c, 3, stride, stride, 1, 1, y, state, scratch);
              });
            }
          }),
      ),
      { numRuns: 50 },
    ));

  test('optimizer steps, ReLU, sums', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({ n: fc.integer({ min: 1, max: 3000 }), seed: fc.integer() }),
        ({ n, seed }) =>
          Heap.with(seed, (heap) => {
            const { exports: f } = heap.module;
            const [w, g, v, m] = [0, 1, 2, 3].map(() => heap.random(n)) as [number, number, number, number];
            const [w0, g0, v0, m0] = [w, g, v, m].map((p) => heap.read(p, n)) as [
              Float64Array,
              Float64Array,
              Float64Array,
              Float64Array,
            ];
            f.sgd(w, g, v, n, 0.05, 0.9, 0.01, 0.5);
            const velocity = g0.map((x, i) => 0.5 * x + 0.01 * w0[i]! + 0.9 * v0[i]!);
            const moved = w0.map((x, i) => x - 0.05 * velocity[i]!);
            expectClose({ w: heap.read(w, n), v: heap.read(v, n) }, { w: moved, v: velocity });
            f.sgd(w, g, 0, n, 0.05, 0, 0, 1);
            const plain = moved.map((x, i) => x - 0.05 * g0[i]!);
            expectClose({ w: heap.read(w, n) }, { w: plain });

            const second = heap.room(n, 0.3);
            f.adam(w, g, m, second, n, 3e-4, 0.5, 0.999, 1e-8, 1e-3, 0.2);
            const d = g0.map((x, i) => x + 1e-3 * plain[i]!);
            const first = m0.map((x, i) => 0.5 * x + 0.5 * d[i]!);
            const square = d.map((x) => 0.999 * 0.3 + 0.001 * x * x);
            expectClose(
              { w: heap.read(w, n), m: heap.read(m, n), v: heap.read(second, n) },
              {
                w: plain.map((x, i) => x - (3e-4 * first[i]!) / (Math.sqrt(square[i]!) / 0.2 + 1e-8)),
                m: first,
                v: square,
              },
            );

            const z = heap.room(n, 1);
            f.addScaled(g, z, n, 2);
            expectClose({ z: heap.read(z, n) }, { z: g0.map((x) => 2 * x + 1) });
            const sum = (values: Float64Array) => values.reduce((total, x) => total + x, 0);
            expectClose(
              { sum: [f.sum(g, n)], squares: [f.squares(g, n, 0.5)] },
              {
                sum: [sum(g0)],
                squares: [sum(g0.map((x) => (x - 0.5) ** 2))],
              },
              1e-4,
            );
          }),
      ),
      { numRuns: 50 },
    ));
});
