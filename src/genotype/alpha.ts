import { rangeError } from '../errors';

/**
 * A matrix with one row an edge and one column a candidate: rows of numbers, or a flat array with its shape (what
 * `tensor.dataSync()` and `tensor.shape` give).
 */
export type AlphaMatrix =
  | readonly (readonly number[])[]
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

/** The rows of a matrix that must have the given shape and hold finite numbers only. */
export function alphaRows(
  fn: string,
  name: string,
  alpha: AlphaMatrix,
  [edges, width]: readonly [edges: number, candidates: number],
): readonly (readonly number[])[] {
  const wrong = (got: unknown) =>
    rangeError(
      fn,
      `${name} must be [${edges} edges, ${width} candidates]`,
      got,
      'pass the alpha of this space, as numbers',
    );
  let rows: readonly (readonly number[])[];
  if ('data' in Object(alpha) && !Array.isArray(alpha)) {
    const { shape, data } = alpha as Exclude<AlphaMatrix, readonly unknown[]>;
    if (shape?.length !== 2 || shape[0] !== edges || shape[1] !== width) throw wrong(shape);
    if (data?.length !== edges * width) throw wrong(typeof data === 'function' ? alpha : [data?.length]);
    rows = Array.from({ length: edges }, (_, i) =>
      Array.from({ length: width }, (_, k) => data[i * width + k]!),
    );
  } else {
    if (!Array.isArray(alpha) || !alpha.every(Array.isArray)) throw wrong(alpha);
    rows = alpha;
    const widths = new Set(rows.map((row) => row.length));
    if (rows.length !== edges || widths.size !== 1 || !widths.has(width))
      throw wrong([rows.length, ...widths]);
  }
  for (const [edge, row] of rows.entries()) {
    for (const [k, value] of row.entries()) {
      if (!Number.isFinite(value)) {
        const where = `${name} must be finite at edge ${edge}, candidate ${k}`;
        throw rangeError(fn, where, value, 'go back to before the search diverged');
      }
    }
  }
  return rows;
}

/**
 * softmax(a)_k = exp(a_k - max a) / sum_j exp(a_j - max a), in double precision. The sum runs over sorted terms, so
 * that rows that hold the same values in another order get exactly the same weights.
 */
export function softmax(row: readonly number[]): readonly number[] {
  const peak = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - peak));
  const total = [...powers].sort((a, b) => a - b).reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
