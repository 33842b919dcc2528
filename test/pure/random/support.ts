/** Moments of a sample. */
export function moments(sample: ArrayLike<number>) {
  const n = sample.length;
  const values = Array.from(sample);
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const central = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / n;
  const variance = central(2);
  return { mean, variance, skewness: central(3) / variance ** 1.5, kurtosis: central(4) / variance ** 2 };
}

/** Pearson's correlation of two samples of one size. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ma, mb] = [moments(a), moments(b)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - ma.mean) * (b[i]! - mb.mean);
  return sum / a.length / Math.sqrt(ma.variance * mb.variance);
}

/** The Kolmogorov-Smirnov distance of a sample from a law, times sqrt(n): over 1.95 once in a thousand samples. */
export function kolmogorovSmirnov(sample: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort();
  const n = sorted.length;
  let distance = 0;
  sorted.forEach((x, i) => {
    const p = cdf(x);
    distance = Math.max(distance, p - i / n, (i + 1) / n - p);
  });
  return distance * Math.sqrt(n);
}

/** The standard normal distribution function: its power series, as exact as doubles are up to |x| = 6. */
export function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
