import { rangeError } from '../errors';

/** Eigenvalues of a symmetric matrix, largest first, with their eigenvectors. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** `vectors[i]` belongs to `values[i]`; unit length, orthogonal. */
  readonly vectors: readonly Float64Array[];
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix by Jacobi rotations, to double precision. Meant for small ones: the
 * 196 x 196 Hessian of the DARTS space takes about a second.
 *
 * @param matrix - Row-major, [size * size]; only its symmetric part (A + A^T) / 2 counts.
 * @throws RangeError if the length is not size * size or an entry is not finite.
 *
 * Source: Golub & Van Loan, Matrix Computations, section 8.5.
 */
export function symmetricEigen(matrix: ArrayLike<number>, size: number): SymmetricEigen {
  if (matrix?.length !== size * size)
    throw rangeError(
      'symmetricEigen',
      `the matrix must have ${size} * ${size} entries`,
      matrix?.length,
      'pass it row by row',
    );
  // Rows as arrays: a rotation then touches two contiguous rows, since the matrix stays symmetric.
  const a = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => (matrix[i * size + j]! + matrix[j * size + i]!) / 2),
  );
  if (!a.every((row) => row.every(Number.isFinite)))
    throw rangeError(
      'symmetricEigen',
      'every entry must be finite',
      Number.NaN,
      'look for NaN in the matrix',
    );
  const vectors = Array.from({ length: size }, (_, i) => {
    const row = new Float64Array(size);
    row[i] = 1;
    return row;
  });
  const total = a.reduce((sum, row) => row.reduce((s, x) => s + x * x, sum), 0);
  for (let off = offDiagonal(a); off > 1e-30 * total; off = offDiagonal(a)) sweep(a, vectors);

  const order = Array.from({ length: size }, (_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return {
    values: Float64Array.from(order, (i) => a[i]![i]!),
    vectors: order.map((i) => vectors[i]!),
  };
}

/** Sum of squares off the diagonal. */
function offDiagonal(a: readonly Float64Array[]): number {
  return a.reduce((sum, row, i) => row.reduce((s, x, j) => (i === j ? s : s + x * x), sum), 0);
}

/** Rotates every pair of axes once, so that the pair's entry off the diagonal becomes 0. */
function sweep(a: Float64Array[], vectors: Float64Array[]): void {
  const size = a.length;
  for (let p = 0; p < size - 1; p++) {
    for (let q = p + 1; q < size; q++) {
      const [ap, aq] = [a[p]!, a[q]!];
      if (ap[q] === 0) continue;
      const theta = (aq[q]! - ap[p]!) / (2 * ap[q]!);
      const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
      const c = 1 / Math.hypot(t, 1);
      const s = t * c;
      const shift = t * ap[q]!;
      const [pp, qq] = [ap[p]! - shift, aq[q]! + shift];
      rotate(ap, aq, c, s);
      for (let k = 0; k < size; k++) {
        a[k]![p] = ap[k]!;
        a[k]![q] = aq[k]!;
      }
      ap[p] = pp;
      aq[q] = qq;
      ap[q] = 0;
      aq[p] = 0;
      rotate(vectors[p]!, vectors[q]!, c, s);
    }
  }
}

function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let k = 0; k < x.length; k++) {
    const [xk, yk] = [x[k]!, y[k]!];
    x[k] = c * xk - s * yk;
    y[k] = s * xk + c * yk;
  }
}
