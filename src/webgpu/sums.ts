import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../kernels/geometry';
import { outputName, release, run, runAll, type Shader } from './shader';

// Sums over rows of a matrix [rows, channels] in two launches: workgroups sum chunks of rows, then one thread a channel
// sums the chunks. Many chunks keep a GPU busy, and short sums lose less of float32 than one long one.

const THREADS = 128;
const MOST_CHUNKS = 128;

/** Up to this many rows a thread sums a channel alone: to wait for others would take longer. */
const FEW_ROWS = 256;

/** How a matrix is cut up. */
export interface Chunks {
  readonly lanes: number;
  /** Workgroups along the channels. */
  readonly blocks: number;
  readonly chunks: number;
  readonly rowsAChunk: number;
}

/** Few rows make one chunk, a thread a channel; others chunks of at least eight rows a thread. */
export function cut(rows: number, channels: number): Chunks {
  const few = rows <= FEW_ROWS && channels > 1;
  const lanes = few ? THREADS : channels === 1 ? 1 : 16;
  const rowsAStep = THREADS / lanes;
  const chunks = few ? 1 : Math.min(MOST_CHUNKS, Math.ceil(rows / (8 * rowsAStep)));
  const rowsAChunk = Math.ceil(rows / chunks);
  return {
    lanes,
    blocks: Math.ceil(channels / lanes),
    chunks: Math.ceil(rows / rowsAChunk),
    rowsAChunk,
  };
}

/** What the threads of a workgroup that share a channel have, in sum. */
const total = (lanes: number) =>
  lanes === THREADS
    ? `
  fn total(share : f32) -> f32 { return share; }`
    : `
  var<workgroup> shares : array<f32, ${THREADS}>;
  fn total(share : f32) -> f32 {
    let thread = i32(localId.x);
    shares[thread] = share;
    workgroupBarrier();
    for (var reach = ${THREADS / 2}; reach >= ${lanes}; reach = reach / 2) {
      if (thread < reach) { shares[thread] = shares[thread] + shares[thread + reach]; }
      workgroupBarrier();
    }
    let sum = shares[thread % ${lanes}];
    workgroupBarrier();
    return sum;
  }`;

/** Where a thread of a workgroup is: declares plane, chunk, channel, row (its first) and end. */
const place = (lanes: number) => `
    let thread = i32(localId.x);
    let block = (index / ${THREADS}) % uniforms.blocks;
    let plane = (index / ${THREADS} / uniforms.blocks) % uniforms.planes;
    let chunk = index / ${THREADS} / uniforms.blocks / uniforms.planes;
    let channel = block * ${lanes} + thread % ${lanes};
    let first = chunk * uniforms.rowsAChunk;
    let end = select(first, min(first + uniforms.rowsAChunk, uniforms.rows), channel < uniforms.channels);
    let start = first + thread / ${lanes};`;

const step = (lanes: number) => THREADS / lanes;

/** A quantity to sum, given in the code as `fn term(plane : i32, row : i32, channel : i32) -> f32`. */
export interface Sums extends Pick<Shader, 'key' | 'inputs' | 'uniforms' | 'code'> {
  readonly rows: number;
  readonly channels: number;
  /** How many sums a channel has. */
  readonly planes: number;
}

/** WGSL: `store(at, value)` to several outputs, one behind the other, and the uniforms where each begins. */
function writer(shapes: readonly (readonly number[])[]) {
  const ends = shapes.map((_, k) => shapes.slice(0, k + 1).reduce((sum, shape) => sum + sizeOf(shape), 0));
  const branches = shapes.map((_, k) => {
    const before = k === 0 ? '' : ` - uniforms.end${k - 1}`;
    return `if (at < uniforms.end${k}) { ${outputName(k)}[at${before}] = value; }`;
  });
  return {
    total: ends.at(-1)!,
    uniforms: Object.fromEntries(ends.map((end, k) => [`end${k}`, end])),
    more: Object.fromEntries(shapes.slice(1).map((shape, k) => [outputName(k + 1), shape])),
    code: `
  fn store(at : i32, value : f32) {
    ${branches.join('\n    else ')}
  }`,
  };
}

/** `sum_row term(plane, row, channel)`, plane by plane, in `shape`, of planes * channels elements. */
export const sums = (
  backend: WebGPUBackend,
  { shape, ...options }: Sums & Pick<Shader, 'shape'>,
): tf.TensorInfo => sumsInto(backend, { ...options, shapes: [shape] })[0]!;

/** {@link sums}, cut into several tensors, one behind the other. */
export function sumsInto(
  backend: WebGPUBackend,
  options: Sums & { readonly shapes: readonly (readonly number[])[] },
): tf.TensorInfo[] {
  const { key, inputs, shapes, uniforms, code, rows, channels, planes } = options;
  const { lanes, blocks, chunks, rowsAChunk } = cut(rows, channels);
  const whole = writer(shapes);
  const first = chunks === 1 ? whole : writer([[chunks, planes * channels]]);
  const outputs = chunks === 1 ? shapes : [[chunks, planes * channels]];
  const [partial, ...others] = runAll(backend, {
    key: `${key}_${lanes}_${outputs.length}`,
    inputs,
    shape: outputs[0]!,
    more: first.more,
    uniforms: { rows, channels, planes, blocks, rowsAChunk, ...first.uniforms, ...uniforms },
    threads: THREADS,
    workgroups: chunks * planes * blocks,
    code: `${total(lanes)}${first.code}
  ${code}
  fn main(index : i32) {${place(lanes)}
    var share = 0.0;
    for (var row = start; row < end; row = row + ${step(lanes)}) {
      share = share + term(plane, row, channel);
    }
    let sum = total(share);
    if (thread < ${lanes} && channel < uniforms.channels && first < uniforms.rows) {
      store((chunk * uniforms.planes + plane) * uniforms.channels + channel, sum);
    }
  }`,
  });
  if (chunks === 1) return [partial, ...others];
  const out = runAll(backend, {
    key: `sum_chunks_${shapes.length}`,
    inputs: { partial },
    shape: shapes[0]!,
    more: whole.more,
    uniforms: { chunks, total: whole.total, ...whole.uniforms },
    workgroups: Math.ceil(whole.total / 64),
    code: `${whole.code}
  fn main(index : i32) {
    if (index >= uniforms.total) { return; }
    var sum = 0.0;
    for (var chunk = 0; chunk < uniforms.chunks; chunk = chunk + 1) {
      sum = sum + partial[chunk * uniforms.total + index];
    }
    store(index, sum);
  }`,
  });
  release(backend, partial);
  return out;
}

/** Maps to measure, given in the code as `fn value(plane : i32, row : i32, channel : i32) -> f32`. */
export interface Measured extends Pick<Shader, 'key' | 'inputs' | 'code'> {
  readonly rows: number;
  readonly channels: number;
  readonly planes: number;
  readonly uniforms?: Readonly<Record<string, number>>;
}

/** x as rows of channels, one plane. */
export const allOf = (x: tf.TensorInfo, channels: number): Measured => ({
  key: 'all',
  inputs: { x },
  rows: sizeOf(x.shape) / channels,
  channels,
  planes: 1,
  code: `fn value(plane : i32, row : i32, channel : i32) -> f32 {
    return x[(plane * uniforms.rows + row) * uniforms.channels + channel];
  }`,
});

/**
 * Means and squared deviations of the chunks of every plane's rows of channels: [2, chunks, planes * channels]. Deviations
 * are from the chunk's own mean, so that a channel far from zero keeps its digits. The uniforms are for {@link COMBINE}.
 */
export function chunkMoments(
  backend: WebGPUBackend,
  { key, inputs, rows, channels, planes, uniforms, code }: Measured,
): { readonly partial: tf.TensorInfo; readonly uniforms: Record<string, number> } {
  const { lanes, blocks, chunks, rowsAChunk } = cut(rows, channels);
  const columns = planes * channels;
  const partial = run(backend, {
    key: `moments_${key}_${lanes}`,
    inputs,
    shape: [2, chunks, columns],
    uniforms: { rows, channels, planes, blocks, rowsAChunk, ...uniforms },
    threads: THREADS,
    workgroups: chunks * planes * blocks,
    code: `${total(lanes)}
  ${code}
  fn main(index : i32) {${place(lanes)}
    let count = f32(min(uniforms.rowsAChunk, uniforms.rows - first));
    var share = 0.0;
    for (var row = start; row < end; row = row + ${step(lanes)}) {
      share = share + value(plane, row, channel);
    }
    let mean = total(share) / count;
    share = 0.0;
    for (var row = start; row < end; row = row + ${step(lanes)}) {
      let deviation = value(plane, row, channel) - mean;
      share = share + deviation * deviation;
    }
    let squares = total(share);
    if (thread < ${lanes} && channel < uniforms.channels && first < uniforms.rows) {
      let at = (chunk * uniforms.planes + plane) * uniforms.channels + channel;
      result[at] = mean;
      result[uniforms.size / 2 + at] = squares;
    }
  }`,
  });
  return { partial, uniforms: { rows, columns, chunks, rowsAChunk } };
}

/** Puts chunks together: `meanOf(column)` and `squaresOf(column, mean)` over the array `partial` and its uniforms. */
export const COMBINE = `
  fn countOf(chunk : i32) -> f32 {
    return f32(min(uniforms.rowsAChunk, uniforms.rows - chunk * uniforms.rowsAChunk));
  }
  fn meanOf(column : i32) -> f32 {
    var sum = 0.0;
    for (var chunk = 0; chunk < uniforms.chunks; chunk = chunk + 1) {
      sum = sum + partial[chunk * uniforms.columns + column] * (countOf(chunk) / f32(uniforms.rows));
    }
    return sum;
  }
  fn squaresOf(column : i32, mean : f32) -> f32 {
    var sum = 0.0;
    for (var chunk = 0; chunk < uniforms.chunks; chunk = chunk + 1) {
      let between = partial[chunk * uniforms.columns + column] - mean;
      let within = partial[(uniforms.chunks + chunk) * uniforms.columns + column];
      sum = sum + within + countOf(chunk) * between * between;
    }
    return sum;
  }`;
