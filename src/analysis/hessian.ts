import type { BilevelModel } from '../architect';
import { rangeError } from '../errors';
import { type AlphaProbe, type AlphaProbeOptions, alphaProbe } from './alpha-probe';
import { type LanczosOptions, type LanczosResult, lanczos } from './lanczos';

export interface HessianOptions extends AlphaProbeOptions {
  /** Length of a difference's step in the space of all alphas, above 0. Default 1e-3. */
  readonly step?: number;
  /** Alpha's weight decay, added to the diagonal as the official tool does with its 1e-3. Default 0. */
  readonly weightDecay?: number;
}

/** The Hessian of a loss over alpha. */
export interface ArchHessian {
  /** Number of alphas n. */
  readonly size: number;
  /** Row-major, [n * n], symmetric; variables in the order of `archVariables()`, each row by row. */
  readonly matrix: Float64Array;
  /** |A - A^T| / |A + A^T| of the differences before they were made symmetric: how far rounding and kinks spoil them. */
  readonly asymmetry: number;
}

function checked(
  { step = 1e-3, weightDecay = 0 }: HessianOptions,
  fn: string,
): { step: number; weightDecay: number } {
  if (!(Number.isFinite(step) && step > 0))
    throw rangeError(fn, 'step must be a finite number above 0', step, 'leave it out for 1e-3');
  if (!(Number.isFinite(weightDecay) && weightDecay >= 0))
    throw rangeError(fn, 'weightDecay must be a finite number >= 0', weightDecay, 'leave it out for 0');
  return { step, weightDecay };
}

async function product(
  { values, gradientAt }: AlphaProbe,
  vector: ArrayLike<number>,
  step: number,
  weightDecay: number,
): Promise<Float64Array> {
  const v = Float64Array.from(vector);
  const squared = v.reduce((sum, x) => sum + x * x, 0);
  if (squared === 0) return v;
  const h = step / Math.sqrt(squared);
  const [ahead, behind] = [values.map((a, i) => a + h * v[i]!), values.map((a, i) => a - h * v[i]!)];
  // The step that float32 made of h.
  const width = v.reduce((sum, x, i) => sum + x * (ahead[i]! - behind[i]!), 0) / squared;
  const [plus, minus] = [await gradientAt(ahead), await gradientAt(behind)];
  return plus.map((g, i) => (g - minus[i]!) / width + weightDecay * v[i]!);
}

/**
 * The Hessian of the loss over alpha times a vector, by a central difference of alpha-gradients:
 * H v = (g(alpha + h v) - g(alpha - h v)) / (2 h) with h = step / |v|, plus weight decay times v.
 *
 * tfjs cannot differentiate twice through pooling, depthwise convolution and others. A step across a kink (ReLU, max
 * pooling) adds the jump of the gradient, a small step adds float32's rounding; 1e-3 suits losses and alphas near 1.
 *
 * @param vector - One number an alpha: variables in the order of `archVariables()`, each row by row.
 * @throws RangeError if the vector's length is not the number of alphas, or an option is out of range.
 */
export async function hessianVectorProduct<B>(
  model: BilevelModel<B>,
  batch: B,
  vector: ArrayLike<number>,
  options: HessianOptions = {},
): Promise<Float64Array> {
  const { step, weightDecay } = checked(options, 'hessianVectorProduct');
  const probe = await alphaProbe(model, batch, options);
  if (vector.length !== probe.values.length)
    throw rangeError(
      'hessianVectorProduct',
      `the vector must have ${probe.values.length} entries, one an alpha`,
      vector.length,
      'lay the architecture variables end to end',
    );
  return product(probe, vector, step, weightDecay);
}

/**
 * The whole Hessian of the loss over alpha, one alpha at a time: 2 n gradients for n alphas, 392 for the DARTS space.
 * Its eigenvalues are `symmetricEigen(matrix, size).values`; for the largest alone {@link dominantEigenvalue} is cheaper.
 *
 * @throws RangeError if an option is out of range.
 *
 * Source: RobustDARTS, 1909.09656, section 4; the official NoisyDARTS code, analyze.py.
 */
export async function archHessian<B>(
  model: BilevelModel<B>,
  batch: B,
  options: HessianOptions = {},
): Promise<ArchHessian> {
  const { step, weightDecay } = checked(options, 'archHessian');
  const probe = await alphaProbe(model, batch, options);
  const size = probe.values.length;
  const raw: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const axis = new Float64Array(size);
    axis[i] = 1;
    raw.push(await product(probe, axis, step, weightDecay));
  }
  const matrix = new Float64Array(size * size);
  let [odd, even] = [0, 0];
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const [a, b] = [raw[i]![j]!, raw[j]![i]!];
      matrix[i * size + j] = (a + b) / 2;
      odd += (a - b) ** 2;
      even += (a + b) ** 2;
    }
  return { size, matrix, asymmetry: even === 0 ? 0 : Math.sqrt(odd / even) };
}

/**
 * The largest eigenvalue of the Hessian of the loss over alpha, and the smallest: Lanczos on
 * {@link hessianVectorProduct}, two gradients a product.
 *
 * Given a validation batch, its largest eigenvalue is the sharpness that RobustDARTS watches: a steep rise comes before
 * the collapse of a search.
 *
 * @throws RangeError if an option is out of range or the loss is not finite.
 *
 * Source: RobustDARTS, 1909.09656, section 4.
 */
export async function dominantEigenvalue<B>(
  model: BilevelModel<B>,
  batch: B,
  options: HessianOptions & LanczosOptions = {},
): Promise<LanczosResult> {
  const { step, weightDecay } = checked(options, 'dominantEigenvalue');
  const probe = await alphaProbe(model, batch, options);
  return lanczos((vector) => product(probe, vector, step, weightDecay), probe.values.length, options);
}
