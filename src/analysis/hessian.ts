import type { BilevelModel } from '../architect';
import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { stream } from '../random';
import { type AlphaProbe, type AlphaProbeOptions, alphaProbe, PROBE_KEYS } from './alpha-probe';
import { LANCZOS_KEYS, type LanczosOptions, type LanczosResult, lanczos } from './lanczos';

/** Options of {@link archHessian}. */
export interface HessianOptions extends AlphaProbeOptions {
  /** Length of a difference's step in the space of all alphas, above 0. Default 1e-3. */
  readonly step?: number;
  /** Alpha's weight decay, added to the diagonal as the official tool does with its 1e-3. Default 0. */
  readonly weightDecay?: number;
  /**
   * How many differences are averaged, each at a slightly different alpha: float32's rounding falls by the root of it. The
   * cost is in proportion. Default 1.
   */
  readonly average?: number;
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

/** How far the differences of an average are apart, in steps: enough for float32 to round each of them differently. */
const SPREAD = 0.3;

type Settings = Required<Pick<HessianOptions, 'step' | 'weightDecay' | 'average'>>;

/** More would take longer than it helps: the error falls by the root of it. */
const MOST_AVERAGED = 1024;

function checked(options: HessianOptions, fn: string, more: object = {}): Settings {
  const keys: OptionKeys<HessianOptions> = {
    ...PROBE_KEYS,
    step: 'positive',
    weightDecay: 'amount',
    average: [1, MOST_AVERAGED],
    ...more,
  };
  const { step = 1e-3, weightDecay = 0, average = 1 } = checkOptions(fn, options, keys);
  return { step, weightDecay, average };
}

/** Alpha, moved a little: in pairs that lie opposite each other, so that the average has no slant. */
function centres(values: Float32Array, { step, average }: Settings): Float64Array[] {
  const at = Float64Array.from(values);
  const result = average % 2 === 1 ? [at] : [];
  for (let pair = 0; result.length < average; pair++) {
    const generator = stream(0, 'hessian', pair).generator();
    const direction = at.map(() => generator.normal());
    const scale = (SPREAD * step) / Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
    for (const sign of [scale, -scale]) result.push(at.map((a, i) => a + sign * direction[i]!));
  }
  return result;
}

async function product(
  { values, gradientAt }: AlphaProbe,
  vector: ArrayLike<number>,
  settings: Settings,
): Promise<Float64Array> {
  const { step, weightDecay, average } = settings;
  const v = Float64Array.from(vector);
  const squared = v.reduce((sum, x) => sum + x * x, 0);
  if (squared === 0) return v;
  const h = step / Math.sqrt(squared);
  const result = v.map((x) => weightDecay * x);
  for (const centre of centres(values, settings)) {
    const [ahead, behind] = [h, -h].map((by) => Float32Array.from(centre, (a, i) => a + by * v[i]!));
    // The step that float32 made of h.
    const width = v.reduce((sum, x, i) => sum + x * (ahead![i]! - behind![i]!), 0) / squared;
    const [plus, minus] = [await gradientAt(ahead!), await gradientAt(behind!)];
    for (let i = 0; i < v.length; i++) result[i]! += (plus[i]! - minus[i]!) / (width * average);
  }
  return result;
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
  const settings = checked(options, 'hessianVectorProduct');
  const probe = await alphaProbe('hessianVectorProduct', model, batch, options);
  if (vector?.length !== probe.values.length)
    throw rangeError(
      'hessianVectorProduct',
      `the vector must have ${probe.values.length} entries, one an alpha`,
      vector?.length,
      'lay the architecture variables end to end',
    );
  return product(probe, vector, settings);
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
  const settings = checked(options, 'archHessian');
  const probe = await alphaProbe('archHessian', model, batch, options);
  const size = probe.values.length;
  const raw: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const axis = new Float64Array(size);
    axis[i] = 1;
    raw.push(await product(probe, axis, settings));
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
  const settings = checked(options, 'dominantEigenvalue', LANCZOS_KEYS);
  const { iterations = 40, tolerance = 1e-4, seed = 0 } = options;
  const probe = await alphaProbe('dominantEigenvalue', model, batch, options);
  return lanczos((vector) => product(probe, vector, settings), probe.values.length, {
    iterations,
    tolerance,
    seed,
  });
}
