import type { Tensor } from '@tensorflow/tfjs-core';
import { type Digest, type Fixture, isDigest, isTensor, type Leaf, values } from './leaves';

/** What a test may hand in as its result. */
export type Actual = Tensor | number | ArrayLike<number>;

/** Below this the error is absolute: a tensor of zeros has no scale. */
const floor = 1e-6;

/** The allowed error of a kind of leaf. A fixture may name two kinds in one key, as in `a and b`. */
export function toleranceOf(meta: Fixture['meta'], kind: string): number {
  const key = Object.keys(meta.tolerance).find((name) => name.split(' and ').includes(kind));
  if (key === undefined) {
    throw new Error(
      `toleranceOf: ${meta.file} has no tolerance for '${kind}'; its kinds are ${Object.keys(meta.tolerance).join(', ')}`,
    );
  }
  return meta.tolerance[key]!;
}

/**
 * The error of a result, `max|a - b| / max(max|b|, 1e-6)`. Not a number where either side is not one.
 *
 * Of a digest the norm and the dot product are measured against the norm, and the first values against the least
 * that the whole tensor's largest value can be, `max(max|first5|, l2 / sqrt(n))`: never more lenient than the
 * comparison of whole tensors.
 */
export function errorOf(actual: Actual, expected: Leaf): number {
  const a = flat(actual);
  if (isDigest(expected)) return digestError(a, expected);
  const b = isTensor(expected) ? values(expected) : flat(expected);
  if (isTensor(expected) && isTfTensor(actual) && actual.shape.join() !== expected.shape.join()) {
    throw new Error(`errorOf: the result has shape [${actual.shape}], the fixture [${expected.shape}]`);
  }
  return maxError(a, b, Math.max(largest(b), floor));
}

/** The digest of a flat tensor. */
export function digest(a: ArrayLike<number>): Digest {
  let squares = 0;
  let dot = 0;
  for (let i = 0; i < a.length; i++) {
    squares += a[i]! * a[i]!;
    dot += a[i]! * Math.cos(i);
  }
  return { l2: Math.sqrt(squares), dot, first5: Array.from(a).slice(0, 5) };
}

function digestError(a: ArrayLike<number>, expected: Digest): number {
  const got = digest(a);
  const norm = Math.max(expected.l2, floor);
  const scale = Math.max(largest(expected.first5), expected.l2 / Math.sqrt(a.length), floor);
  return worst([
    Math.abs(got.l2 - expected.l2) / norm,
    Math.abs(got.dot - expected.dot) / norm,
    maxError(got.first5, expected.first5, scale),
  ]);
}

function maxError(a: ArrayLike<number>, b: ArrayLike<number>, scale: number): number {
  if (a.length !== b.length || b.length === 0) {
    throw new Error(`errorOf: the result has ${a.length} values, the fixture ${b.length}`);
  }
  return worst(Array.from(b, (value, i) => Math.abs(a[i]! - value) / scale));
}

/** The largest, or NaN as soon as one is NaN: `Math.max` has both properties, but not on arrays of any length. */
const worst = (errors: readonly number[]): number => errors.reduce((m, e) => Math.max(m, e), 0);

const largest = (b: ArrayLike<number>): number => worst(Array.from(b, Math.abs));

const isTfTensor = (x: unknown): x is Tensor => typeof (x as Tensor).dataSync === 'function';

function flat(x: Actual | readonly number[]): ArrayLike<number> {
  if (typeof x === 'number') return [x];
  return isTfTensor(x) ? x.dataSync() : x;
}
