import type { Stream } from '../random';

/** How the numbers of a variable fall into filters: a number's filter by its index, and how many there are. */
interface Filters {
  readonly count: number;
  of(index: number): number;
}

/** Weights: what leads to one output channel. Null for vectors, which are scales, offsets and biases. */
function weightFilters(shape: readonly number[]): Filters | null {
  if (shape.length < 2) return null;
  // A depthwise filter [H, W, C, 1] has its channels one axis before the last.
  const last = shape.at(-1)!;
  const count = shape.length === 4 && last === 1 ? shape[2]! : last;
  return { count, of: (index) => index % count };
}

/** Alphas: the candidates of one edge. */
function alphaFilters(shape: readonly number[]): Filters {
  const candidates = shape.at(-1) ?? 1;
  const size = shape.reduce((product, side) => product * side, 1);
  return { count: size / candidates, of: (index) => Math.floor(index / candidates) };
}

/**
 * A random direction in the space of one variable, filter by filter as long as the variable itself:
 * d_j = g_j |w_j| / |g_j| with g standard normal.
 *
 * A filter is what leads to one output channel, or one edge of an alpha. Vectors of weights (scales, offsets, biases) get
 * the direction 0.
 *
 * @param kind - What the variable is.
 *
 * Source: Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets", section 4.
 */
export function filterDirection(
  kind: 'weights' | 'alpha',
  values: Float32Array,
  shape: readonly number[],
  stream: Stream,
): Float32Array {
  const filters = kind === 'alpha' ? alphaFilters(shape) : weightFilters(shape);
  if (!filters) return new Float32Array(values.length);
  const generator = stream.generator();
  const direction = Float64Array.from(values, () => generator.normal());
  const [own, drawn] = [new Float64Array(filters.count), new Float64Array(filters.count)];
  for (const [i, value] of values.entries()) {
    own[filters.of(i)]! += value ** 2;
    drawn[filters.of(i)]! += direction[i]! ** 2;
  }
  return Float32Array.from(direction, (x, i) => x * Math.sqrt(own[filters.of(i)]! / drawn[filters.of(i)]!));
}
