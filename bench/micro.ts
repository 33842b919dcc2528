import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import {
  avgPool,
  batchNormTrain,
  conv2d,
  counterNoise,
  depthwiseConv2d,
  maxPool,
  pointwiseConv2d,
  weightedSum,
} from 'noisydarts/kernels';
import { instanceOn } from '../src/wasm/instance';
import { BLOCK_BYTES, planBlock } from '../src/wasm/kernels/block';
import { useBackend } from './backend';
import { count, median, parseOptions } from './options';

/** One kernel at one shape. */
interface Row {
  readonly kernel: string;
  /** [N, H, W, C] */
  readonly shape: readonly number[];
  /** Median milliseconds of one call. */
  readonly ms: number;
  /** Milliseconds of the fastest call: what is left on a machine that others use. */
  readonly bestMs: number;
  /** Arithmetic of the definition, multiplications and additions, per second; nothing recomputed is counted. */
  readonly gflops: number | null;
  /** Bytes of the inputs and outputs, each counted once, per second. */
  readonly gbps: number;
  /** The same by tfjs's own operation, where it has one. */
  readonly stockMs: number | null;
}

/** A thing to time: what it does, and how much work that is. */
interface Subject {
  readonly kernel: string;
  readonly run: () => unknown;
  readonly flop?: number;
  readonly bytes: number;
  readonly stock?: () => unknown;
}

const SHAPES = [
  [32, 16],
  [16, 32],
  [8, 64],
] as const;

/**
 * Times every kernel of the wasm module at the shapes of the paper's supernet (C = 16: maps of 32x32x16, 16x16x32 and
 * 8x8x64), next to tfjs's own operation where there is one.
 */
export async function micro(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: { batch: { type: 'string', default: '16' }, milliseconds: { type: 'string', default: '150' } },
  });
  const batch = count('batch', values.batch);
  const budget = count('milliseconds', values.milliseconds);
  await useBackend({ backend: 'wasm', fast: true });
  const rows: Row[] = [];
  for (const [side, channels] of SHAPES) {
    const shape = [batch, side, side, channels] as const;
    const kept = tf.engine().startScope();
    for (const { kernel, run, flop, bytes, stock } of [...kernels(shape), ...(await fused(shape))]) {
      const { ms, bestMs } = await time(run, budget);
      const stockMs = stock ? (await time(stock, budget)).ms : null;
      const row: Row = {
        kernel,
        shape,
        ms: round(ms),
        bestMs: round(bestMs),
        gflops: flop ? round(flop / ms / 1e6) : null,
        gbps: round(bytes / ms / 1e6),
        stockMs: stockMs === null ? null : round(stockMs),
      };
      rows.push(row);
      console.error(
        [
          kernel.padEnd(50),
          shape.slice(1).join('x').padEnd(10),
          `${row.ms} ms`.padStart(10),
          `(best ${row.bestMs})`.padStart(14),
          `${row.gflops ?? '-'} GFLOP/s`.padStart(16),
          `${row.gbps} GB/s`.padStart(12),
          row.stockMs === null ? '' : `   tfjs ${row.stockMs} ms`,
        ].join(' '),
      );
    }
    tf.engine().endScope(kept);
  }
  return { benchmark: 'micro', batch, kernels: rows };
}

const round = (value: number) => Number(value.toPrecision(3));

/** Milliseconds of a call. The engine compiles hot functions in the background: it gets a pause to do so. */
async function time(run: () => unknown, budget: number): Promise<{ ms: number; bestMs: number }> {
  const call = () =>
    tf.tidy(() => {
      run();
    });
  const warmUp = performance.now();
  for (let i = 0; i < 20 && performance.now() - warmUp < budget; i++) call();
  await new Promise((resolve) => setTimeout(resolve, 10));
  const times: number[] = [];
  for (let spent = 0; spent < budget || times.length < 5; ) {
    const start = performance.now();
    call();
    times.push(performance.now() - start);
    spent += times.at(-1)!;
  }
  return { ms: median(times), bestMs: Math.min(...times) };
}

type Shape4 = readonly [number, number, number, number];

/** The kernels of the library, as its functions call them. */
function kernels(shape: Shape4): Subject[] {
  const [n, h, w, c] = shape;
  const size = n * h * w * c;
  const map = () => tf.randomNormal<tf.Rank.R4>([...shape]);
  const [x, dy] = [map(), map()];
  const half = tf.randomNormal<tf.Rank.R4>([n, h / 2, w / 2, c]);
  const square = tf.randomNormal<tf.Rank.R4>([1, 1, c, c]);
  const forwardBackward =
    (f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[], cotangent: tf.Tensor) => () =>
      tf.grads(f)(inputs, cotangent);
  const subjects: Subject[] = [];

  for (const [k, dilation, stride] of [
    [3, 1, 1],
    [5, 1, 1],
    [3, 2, 1],
    [5, 2, 1],
    [5, 1, 2],
    [5, 2, 2],
  ] as const) {
    const filter = tf.randomNormal<tf.Rank.R4>([k, k, c, 1]);
    const flop = (2 * size * k * k) / stride ** 2;
    const bytes = 4 * size * (1 + 1 / stride ** 2);
    const f = (a: tf.Tensor, b: tf.Tensor) =>
      depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, { stride, dilation });
    const name = `depthwise ${k}x${k}, stride ${stride}, dilation ${dilation}`;
    const stock = () => tf.depthwiseConv2d(x, filter, stride, 'same', 'NHWC', dilation);
    subjects.push(
      { kernel: name, run: () => f(x, filter), flop, bytes, ...(stride * dilation < 4 ? { stock } : {}) },
      {
        kernel: `${name}, both gradients`,
        run: forwardBackward(
          f as (...inputs: tf.Tensor[]) => tf.Tensor,
          [x, filter],
          stride === 1 ? dy : half,
        ),
        flop: 3 * flop,
        bytes: 3 * bytes,
      },
    );
  }

  const pointwise = (a: tf.Tensor, b: tf.Tensor) => pointwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D);
  const stem = tf.randomNormal<tf.Rank.R4>([3, 3, 3, 3 * c]);
  const image = tf.randomNormal<tf.Rank.R4>([n, h, w, 3]);
  const wide = tf.randomNormal<tf.Rank.R4>([n, h, w, 4 * c]);
  const narrow = tf.randomNormal<tf.Rank.R4>([1, 1, 4 * c, c]);
  const terms = Array.from({ length: 7 }, map);
  const weights = tf.randomNormal<tf.Rank.R1>([7]);
  const formula = {
    distribution: 'gaussian',
    mixture: 'additive',
    mean: 0,
    std: 0.2,
    relative: true,
    rate: 1,
    shrink: false,
  } as const;
  const moments = tf.tidy(() => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
  });
  subjects.push(
    {
      kernel: 'pointwise',
      run: () => pointwise(x, square),
      flop: 2 * size * c,
      bytes: 8 * size,
      stock: () => tf.conv2d(x, square, 1, 'same'),
    },
    {
      kernel: 'pointwise, both gradients',
      run: forwardBackward(pointwise as (...inputs: tf.Tensor[]) => tf.Tensor, [x, square], dy),
      flop: 6 * size * c,
      bytes: 24 * size,
    },
    {
      kernel: 'pointwise, 4 C to C',
      run: () => pointwise(wide, narrow),
      flop: 8 * size * c,
      bytes: 20 * size,
      stock: () => tf.conv2d(wide, narrow, 1, 'same'),
    },
    {
      kernel: 'stem 3x3, 3 to 3 C',
      run: () => conv2d(image, stem),
      flop: 2 * n * h * w * 27 * 3 * c,
      bytes: 4 * (image.size + 3 * size),
      stock: () => tf.conv2d(image, stem, 1, 'same'),
    },
    {
      kernel: 'stem 3x3, filter gradient',
      run: () => tf.grad((f) => conv2d(image, f as tf.Tensor4D))(stem, tf.concat([dy, dy, dy], 3)),
      flop: 4 * n * h * w * 27 * 3 * c,
      bytes: 4 * (2 * image.size + 6 * size),
    },
    {
      kernel: 'batch norm',
      run: () => batchNormTrain(x).y,
      bytes: 8 * size,
      stock: () => tf.batchNorm(x, moments.mean, moments.variance),
    },
    {
      kernel: 'batch norm, forward and gradient',
      run: () => tf.grad((a) => batchNormTrain(a as tf.Tensor4D).y)(x, dy),
      bytes: 24 * size,
    },
    {
      kernel: 'max pool 3x3',
      run: () => maxPool(x),
      bytes: 8 * size,
      stock: () => tf.maxPool(x, 3, 1, 'same'),
    },
    {
      kernel: 'max pool 3x3, forward and gradient',
      run: () => tf.grad((a) => maxPool(a as tf.Tensor4D))(x, dy),
      bytes: 24 * size,
    },
    {
      kernel: 'average pool 3x3',
      run: () => avgPool(x),
      bytes: 8 * size,
      stock: () => tf.avgPool(x, 3, 1, 'same'),
    },
    {
      kernel: 'average pool 3x3, forward and gradient',
      run: () => tf.grad((a) => avgPool(a as tf.Tensor4D))(x, dy),
      bytes: 16 * size,
    },
    { kernel: 'weighted sum of 7', run: () => weightedSum(weights, terms), bytes: 32 * size },
    {
      kernel: 'weighted sum of 7, forward and gradients',
      run: forwardBackward((v, ...t) => weightedSum(v as tf.Tensor1D, t), [weights, ...terms], dy),
      bytes: 100 * size,
    },
    {
      kernel: 'noise drawn and added',
      run: () => counterNoise(x, formula, { key: [1, 2], counter: 3 }),
      bytes: 8 * size,
      stock: () => tf.add(x, tf.randomNormal(x.shape)),
    },
  );
  return subjects;
}

/** The fused block of the module, which only a whole-edge kernel calls. */
async function fused(shape: Shape4): Promise<Subject[]> {
  const [images, height, width, c] = shape;
  const size = images * height * width * c;
  const module = await instanceOn(tf.backend());
  const { functions } = module;
  const at = (tensor: tf.Tensor) => module.address(tensor);
  const map = () => at(tf.randomNormal([...shape]));
  const vector = () => at(tf.randomNormal([c]));
  const [x, z, dy, dx] = [map(), map(), map(), map()];
  const [mean, a, b, d] = [vector(), vector(), vector(), vector()];
  const state = at(tf.zeros([functions.momentsBytes(c) / 4]));
  const subjects: Subject[] = [];
  for (const [k, dilation] of [
    [3, 1],
    [5, 1],
    [3, 2],
    [5, 2],
  ] as const) {
    const pad = (dilation * (k - 1)) / 2;
    const block = at(tf.zeros([BLOCK_BYTES / 4]));
    planBlock(module, block, {
      images,
      height,
      width,
      channels: c,
      outputs: c,
      kernelHeight: k,
      kernelWidth: k,
      strideHeight: 1,
      strideWidth: 1,
      dilation,
      padHeight: pad,
      padWidth: pad,
    });
    const [depthwise, pointwise] = [at(tf.randomNormal([k, k, c])), at(tf.randomNormal([c, c]))];
    const [dDepthwise, dPointwise] = [at(tf.zeros([k, k, c])), at(tf.zeros([c, c]))];
    const backward = (weights: boolean) => () =>
      functions.blockBackward({
        ...{ block, dy, z, zMean: mean, a, b, d, x, rectify: true, depthwise, pointwise, dx },
        ...(weights ? { dDepthwise, dPointwise } : {}),
      });
    const flop = 2 * size * (k * k + c);
    const name = `fused block ${k}x${k}, dilation ${dilation}`;
    subjects.push(
      {
        kernel: `${name}, and moments`,
        run: () => functions.blockForward({ block, x, rectify: true, depthwise, pointwise, z, state }),
        flop,
        bytes: 8 * size,
      },
      { kernel: `${name}, input gradient`, run: backward(false), flop, bytes: 16 * size },
      { kernel: `${name}, all gradients`, run: backward(true), flop: 2 * flop, bytes: 16 * size },
    );
  }
  const dense = { x, n: images, h: height, w: width, inputs: c, outputs: c, k: 3, rectify: true };
  const [filter, dFilter] = [at(tf.randomNormal([3, 3, c, c])), at(tf.zeros([3, 3, c, c]))];
  const ofDense = { ...dense, filter, dy, z, zMean: mean, a, b, d, dFilter, dx };
  const flop = 18 * size * c;
  subjects.push(
    {
      kernel: 'fused dense 3x3, and moments',
      run: () => functions.denseForward({ ...dense, filter, z, state }),
      flop,
      bytes: 8 * size,
    },
    {
      kernel: 'fused dense 3x3, all gradients',
      run: () => functions.denseBackward(ofDense),
      flop: 2 * flop,
      bytes: 16 * size,
    },
  );
  return subjects;
}
