const SIGNS = 4;

/**
 * A tensor in a few numbers that hardly any other tensor shares: the Euclidean norm of its elements, and their sums under
 * four fixed patterns of random signs, each of which tells an error e of one element as e.
 */
export function summarize(values: ArrayLike<number>): number[] {
  const sums = new Array<number>(1 + SIGNS).fill(0);
  let state = 1;
  for (let i = 0; i < values.length; i++) {
    // Numerical Recipes' linear congruential generator, of which the upper bits are good.
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const value = values[i]!;
    sums[0]! += value * value;
    for (let k = 1; k <= SIGNS; k++) sums[k]! += (state >> (27 + k)) & 1 ? value : -value;
  }
  sums[0] = Math.sqrt(sums[0]!);
  return sums;
}

/** The largest difference of two summaries as a share of the norm; NaN or Infinity if a number is. */
export function summaryError(actual: readonly number[], expected: readonly number[]): number {
  const scale = Math.max(expected[0]!, 1e-6);
  return Math.max(...expected.map((value, k) => Math.abs(actual[k]! - value) / scale));
}
