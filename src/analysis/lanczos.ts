import { checkOptions, type OptionKeys, rangeError, requireKind } from '../errors';
import { type Seed, stream } from '../random';
import { symmetricEigen } from './symmetric-eigen';

/** Options of the Lanczos iteration. */
export interface LanczosOptions {
  /** Largest number of products. Default 40, never more than the size. */
  readonly iterations?: number;
  /** Stops once both ends of the spectrum are known to this error, relative to the larger one. Default 1e-4. */
  readonly tolerance?: number;
  /** Seed of the starting vector. Default 0. */
  readonly seed?: Seed;
}

/** Both ends of a symmetric matrix's spectrum. */
export interface LanczosResult {
  /** The largest eigenvalue. */
  readonly max: number;
  /** The smallest eigenvalue. */
  readonly min: number;
  /** A unit eigenvector of `max`. */
  readonly maxVector: Float64Array;
  /** A unit eigenvector of `min`. */
  readonly minVector: Float64Array;
  /** Bound of the error of `max` and `min`, |A x - lambda x|, if the products are exact. */
  readonly residual: number;
  /** Number of products taken. */
  readonly iterations: number;
}

export const LANCZOS_KEYS = {
  iterations: 'count',
  tolerance: 'amount',
  seed: 'seed',
} satisfies OptionKeys<LanczosOptions>;

/**
 * The extreme eigenvalues of a symmetric matrix known only by its products with vectors, by the Lanczos iteration with
 * full reorthogonalisation.
 *
 * @param product - Multiplies the matrix with a vector; it must not keep or change the vector.
 * @param size - Number of rows.
 * @throws RangeError if the size or an option is out of range, or a product is not finite.
 *
 * Source: Golub & Van Loan, Matrix Computations, section 10.1.
 */
export async function lanczos(
  product: (vector: Float64Array) => Float64Array | Promise<Float64Array>,
  size: number,
  options: LanczosOptions = {},
): Promise<LanczosResult> {
  const { iterations = 40, tolerance = 1e-4, seed = 0 } = checkOptions('lanczos', options, LANCZOS_KEYS);
  requireKind('lanczos', 'size', size, 'count');
  const generator = stream(seed, 'lanczos').generator();
  const basis: Float64Array[] = [normalised(Float64Array.from({ length: size }, () => generator.normal()))];
  const diagonal: number[] = [];
  const side: number[] = [];
  for (;;) {
    const last = basis[diagonal.length]!;
    const next = Float64Array.from(await product(last));
    if (next.length !== size || !next.every(Number.isFinite))
      throw rangeError(
        'lanczos',
        `a product must be ${size} finite numbers`,
        next,
        'look for NaN in the loss',
      );
    diagonal.push(dot(next, last));
    // Twice: one pass loses orthogonality where much cancels.
    for (let pass = 0; pass < 2; pass++) for (const other of basis) addScaled(next, other, -dot(next, other));
    const beta = Math.sqrt(dot(next, next));
    const ritz = ritzPairs(basis, diagonal, side, beta);
    const scale = Math.max(Math.abs(ritz.max), Math.abs(ritz.min));
    const exhausted = diagonal.length >= Math.min(iterations, size);
    if (exhausted || ritz.residual <= tolerance * scale) return ritz;
    side.push(beta);
    basis.push(next.map((x) => x / beta));
  }
}

/** What the Krylov space so far knows: the extreme eigenpairs of its tridiagonal matrix. */
function ritzPairs(
  basis: readonly Float64Array[],
  diagonal: readonly number[],
  side: readonly number[],
  beta: number,
): LanczosResult {
  const n = diagonal.length;
  const tridiagonal = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    tridiagonal[i * n + i] = diagonal[i]!;
    if (i + 1 < n) {
      tridiagonal[i * n + i + 1] = side[i]!;
      tridiagonal[(i + 1) * n + i] = side[i]!;
    }
  }
  const { values, vectors } = symmetricEigen(tridiagonal, n);
  const expand = (coefficients: Float64Array) => {
    const vector = new Float64Array(basis[0]!.length);
    for (let i = 0; i < n; i++) addScaled(vector, basis[i]!, coefficients[i]!);
    return normalised(vector);
  };
  const [top, bottom] = [vectors[0]!, vectors[n - 1]!];
  return {
    max: values[0]!,
    min: values[n - 1]!,
    maxVector: expand(top),
    minVector: expand(bottom),
    residual: beta * Math.max(Math.abs(top[n - 1]!), Math.abs(bottom[n - 1]!)),
    iterations: n,
  };
}

function dot(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0);
}

function addScaled(x: Float64Array, y: Float64Array, scale: number): void {
  for (let i = 0; i < x.length; i++) x[i]! += scale * y[i]!;
}

function normalised(x: Float64Array): Float64Array {
  const length = Math.sqrt(dot(x, x));
  return x.map((value) => value / length);
}
