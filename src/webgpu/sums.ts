import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import { release, run, type Shader, sizeOf } from './shader';

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
export interface Sums extends Pick<Shader, 'key' | 'inputs' | 'shape' | 'uniforms' | 'code'> {
  readonly rows: number;
  readonly channels: number;
  /** How many sums a channel has. */
  readonly planes: number;
}

/** `sum_row term(plane, row, channel)`, plane by plane, in `shape`, of planes * channels elements. */
export function sums(backend: WebGPUBackend, options: Sums): tf.TensorInfo {
  const { key, inputs, shape, uniforms, code, rows, channels, planes } = options;
  const { lanes, blocks, chunks, rowsAChunk } = cut(rows, channels);
  const partial = run(backend, {
    key: `${key}_${lanes}`,
    inputs,
    shape: chunks === 1 ? shape : [chunks, planes * channels],
    uniforms: { rows, channels, planes, blocks, rowsAChunk, ...uniforms },
    threads: THREADS,
    workgroups: chunks * planes * blocks,
    code: `${total(lanes)}
  ${code}
  fn main(index : i32) {${place(lanes)}
    var share = 0.0;
    for (var row = start; row < end; row = row + ${step(lanes)}) {
      share = share + term(plane, row, channel);
    }
    let sum = total(share);
    let at = (chunk * uniforms.planes + plane) * uniforms.channels + channel;
    if (thread < ${lanes} && channel < uniforms.channels && at < uniforms.size) { result[at] = sum; }
  }`,
  });
  if (chunks === 1) return partial;
  const out = run(backend, {
    key: 'sum_chunks',
    inputs: { partial },
    shape,
    uniforms: { chunks },
    code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    var sum = 0.0;
    for (var chunk = 0; chunk < uniforms.chunks; chunk = chunk + 1) {
      sum = sum + partial[chunk * uniforms.size + index];
    }
    result[index] = sum;
  }`,
  });
  release(backend, partial);
  return out;
}

/**
 * Means and squared deviations of the chunks of x as rows of channels: [2, chunks, channels]. Deviations are from the
 * chunk's own mean, so that a channel far from zero keeps its digits.
 */
export function chunkMoments(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  channels: number,
): { readonly partial: tf.TensorInfo; readonly uniforms: Record<string, number> } {
  const rows = sizeOf(x.shape) / channels;
  const { lanes, blocks, chunks, rowsAChunk } = cut(rows, channels);
  const partial = run(backend, {
    key: `moments_${lanes}`,
    inputs: { x },
    shape: [2, chunks, channels],
    uniforms: { rows, channels, planes: 1, blocks, rowsAChunk },
    threads: THREADS,
    workgroups: chunks * blocks,
    code: `${total(lanes)}
  fn main(index : i32) {${place(lanes)}
    let count = f32(min(uniforms.rowsAChunk, uniforms.rows - first));
    var share = 0.0;
    for (var row = start; row < end; row = row + ${step(lanes)}) {
      share = share + x[row * uniforms.channels + channel];
    }
    let mean = total(share) / count;
    share = 0.0;
    for (var row = start; row < end; row = row + ${step(lanes)}) {
      let deviation = x[row * uniforms.channels + channel] - mean;
      share = share + deviation * deviation;
    }
    let squares = total(share);
    let at = (chunk + plane) * uniforms.channels + channel;
    if (thread < ${lanes} && channel < uniforms.channels && at < uniforms.size / 2) {
      result[at] = mean;
      result[uniforms.size / 2 + at] = squares;
    }
  }`,
  });
  return { partial, uniforms: { rows, channels, chunks, rowsAChunk } };
}

/** Puts chunks together: `meanOf(channel)` and `squaresOf(channel, mean)` over the array `partial` and its uniforms. */
export const COMBINE = `
  fn countOf(chunk : i32) -> f32 {
    return f32(min(uniforms.rowsAChunk, uniforms.rows - chunk * uniforms.rowsAChunk));
  }
  fn meanOf(channel : i32) -> f32 {
    var sum = 0.0;
    for (var chunk = 0; chunk < uniforms.chunks; chunk = chunk + 1) {
      sum = sum + partial[chunk * uniforms.channels + channel] * (countOf(chunk) / f32(uniforms.rows));
    }
    return sum;
  }
  fn squaresOf(channel : i32, mean : f32) -> f32 {
    var sum = 0.0;
    for (var chunk = 0; chunk < uniforms.chunks; chunk = chunk + 1) {
      let between = partial[chunk * uniforms.channels + channel] - mean;
      let within = partial[(uniforms.chunks + chunk) * uniforms.channels + channel];
      sum = sum + within + countOf(chunk) * between * between;
    }
    return sum;
  }`;
