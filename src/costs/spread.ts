/** The middle of some numbers; of an even count the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** From the median absolute deviation to the standard deviation of a normal distribution. */
const NORMAL = 1.4826;

/** From the standard error of a mean to that of a median, of a normal distribution. */
const OF_MEDIAN = 1.2533;

/** Middle and spread of measurements. */
export interface Spread {
  readonly median: number;
  /** Standard error of the median, by the median absolute deviation: outliers hardly count. */
  readonly error: number;
}

/** Middle and spread. */
export function spreadOf(values: readonly number[]): Spread {
  const middle = median(values);
  const deviation = NORMAL * median(values.map((value) => Math.abs(value - middle)));
  return { median: middle, error: (OF_MEDIAN * deviation) / Math.sqrt(values.length) };
}
