import * as tf from '@tensorflow/tfjs-core';

/** What every fixture carries: the allowed error for each kind of leaf. */
export interface Fixture {
  readonly meta: {
    readonly file: string;
    readonly schema: number;
    readonly tolerance: Readonly<Record<string, number>>;
  };
}

/** A tensor with its values written out, row-major. */
export interface DataTensor {
  readonly shape: readonly number[];
  readonly layout?: string;
  readonly data: readonly number[];
}

/** A tensor whose values come from a linear congruential generator: `[seed, scale, offset]`. */
export interface LcgTensor {
  readonly shape: readonly number[];
  readonly layout?: string;
  readonly lcg: readonly [seed: number, scale: number, offset: number];
  readonly check?: { readonly first5: readonly number[]; readonly sum: number };
}

export type TensorFixture = DataTensor | LcgTensor;

/** A large tensor in short: its l2 norm, `sum_i g_i cos(i)` over the flat tensor, and its first five values. */
export interface Digest {
  readonly l2: number;
  readonly dot: number;
  readonly first5: readonly number[];
}

/** Whatever a fixture can expect of one result. */
export type Leaf = number | readonly number[] | TensorFixture | Digest;

export const isDigest = (leaf: Leaf): leaf is Digest => typeof leaf === 'object' && 'l2' in leaf;

export const isTensor = (leaf: Leaf): leaf is TensorFixture => typeof leaf === 'object' && 'shape' in leaf;

/** The values of a tensor fixture, row-major; those of a generator are checked against the fixture's own `check`. */
export function values(fixture: TensorFixture): readonly number[] {
  const size = fixture.shape.reduce((product, side) => product * side, 1);
  if ('data' in fixture) {
    if (fixture.data.length !== size) {
      throw new Error(
        `values: a fixture of shape [${fixture.shape}] holds ${fixture.data.length} numbers, not ${size}`,
      );
    }
    return fixture.data;
  }
  const out = generate(fixture.lcg, size);
  if (fixture.check) verify(out, fixture.check);
  return out;
}

/** The fixture as a tensor. The caller disposes it. */
export function toTensor<R extends tf.Rank = tf.Rank>(fixture: TensorFixture): tf.Tensor<R> {
  return tf.tensor(Float32Array.from(values(fixture)), [...fixture.shape] as tf.ShapeMap[R], 'float32');
}

/** `s = s * 1664525 + 1013904223 mod 2^32` before each value; the value is `((s >>> 16) / 32768 - 1) * scale + offset`. */
export function generate([seed, scale, offset]: LcgTensor['lcg'], size: number): number[] {
  let s = seed >>> 0;
  return Array.from({ length: size }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return ((s >>> 16) / 32768 - 1) * scale + offset;
  });
}

function verify(out: readonly number[], check: NonNullable<LcgTensor['check']>): void {
  const scale = out.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
  const first5 = out.slice(0, 5);
  const sum = out.reduce((total, value) => total + value, 0);
  const firstAgree =
    first5.length === check.first5.length &&
    first5.every((v, i) => Math.abs(v - check.first5[i]!) <= 1e-7 * scale);
  if (!firstAgree || !(Math.abs(sum - check.sum) <= 1e-9 * scale * out.length)) {
    throw new Error(
      `values: the generated tensor begins [${first5}] and sums to ${sum}, the fixture says [${check.first5}] and ${check.sum}`,
    );
  }
}
