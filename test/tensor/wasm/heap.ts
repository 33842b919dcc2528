import * as tf from '@tensorflow/tfjs-core';
import { instanceOn, type WasmInstance } from '../../../src/wasm/instance';

const GUARD = 12345;

/** Buffers on the backend's heap for tests of single module functions, each followed by a guard word. */
export class Heap {
  readonly #buffers: { tensor: tf.TensorInfo; size: number }[] = [];
  readonly #random: () => number;

  private constructor(
    readonly module: WasmInstance,
    seed: number,
  ) {
    let state = seed;
    this.#random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state >>> 0) / 2 ** 31 - 1;
    };
  }

  static async with(seed: number, run: (heap: Heap) => void): Promise<void> {
    const heap = new Heap(await instanceOn(tf.backend()), seed);
    try {
      run(heap);
      heap.#checkGuards();
    } finally {
      for (const { tensor } of heap.#buffers) heap.module.dispose(tensor);
    }
  }

  /** A buffer of `size` numbers, all `fill`. */
  room(size: number, fill = Number.NaN): number {
    const tensor = this.module.output([size + 1]);
    this.#buffers.push({ tensor, size });
    const address = this.module.address(tensor);
    const view = this.module.floats(address, size + 1);
    view.fill(fill);
    view[size] = GUARD;
    return address;
  }

  /** A buffer of numbers in (-1, 1). */
  random(size: number): number {
    const address = this.room(size);
    this.module.floats(address, size).set(Float32Array.from({ length: size }, this.#random));
    return address;
  }

  /** A table of addresses or counts. */
  words(values: readonly number[]): number {
    const address = this.room(values.length);
    this.module.words(address, values.length).set(values);
    return address;
  }

  /** A copy of `size` numbers, in float64. */
  read(address: number, size: number): Float64Array {
    return Float64Array.from(this.module.floats(address, size));
  }

  #checkGuards(): void {
    for (const { tensor, size } of this.#buffers) {
      if (this.module.floats(this.module.address(tensor), size + 1)[size] !== GUARD) {
        throw new Error(`a function wrote past a buffer of ${size} numbers`);
      }
    }
  }
}

/** Mean and biased variance of each channel of values [pixels, channels]. */
export function channelMoments(
  values: Float64Array,
  channels: number,
): { mean: Float64Array; variance: Float64Array } {
  const pixels = values.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  values.forEach((v, i) => {
    mean[i % channels]! += v / pixels;
  });
  values.forEach((v, i) => {
    variance[i % channels]! += (v - mean[i % channels]!) ** 2 / pixels;
  });
  return { mean, variance };
}

/** A B, row-major: A [m, k], B [k, n]. */
export function product(a: Float64Array, b: Float64Array, k: number, n: number): Float64Array {
  const m = a.length / k;
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++) for (let j = 0; j < n; j++) c[i * n + j]! += a[i * k + p]! * b[p * n + j]!;
  return c;
}

/** The transpose of A, `columns` wide. */
export const transpose = (a: Float64Array, columns: number): Float64Array =>
  a.map((_, i) => {
    const rows = a.length / columns;
    return a[(i % rows) * columns + Math.floor(i / rows)]!;
  });
