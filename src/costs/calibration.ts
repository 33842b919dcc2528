/** A network measured as a whole. */
export interface WholeNetwork {
  /** Milliseconds of its operations, each by itself. */
  readonly operations: number;
  /** Milliseconds of the network. */
  readonly ms: number;
  /** Its standard error, in ms. */
  readonly error: number;
}

/** The line `ms = fixed + slope * operations` through networks that were measured as a whole. Plain JSON. */
export interface Calibration {
  /** Networks that it goes through. */
  readonly networks: number;
  /** Milliseconds that every network takes besides its operations. */
  readonly fixed: number;
  /** What an operation takes in a network, as a share of what it takes by itself. */
  readonly slope: number;
  /**
   * How far the networks are from the line: root of the mean square, weighed as the line is, as a share of their time; 0 for
   * two or fewer.
   */
  readonly residual: number;
}

/** As a share of a network's time, what is not known of it besides its standard error: the line counts shares. */
const SHARE = 0.02;

/**
 * The line through networks by weighted least squares, each weighed by `1 / (error^2 + (0.02 ms)^2)`: one whose measurements
 * were disturbed counts little. Of slope 1 where there are fewer than three, or nothing that tells a slope, and through the origin where
 * it would begin below: nothing takes less than nothing.
 */
export function fitted(networks: readonly WholeNetwork[]): Calibration {
  const count = networks.length;
  if (count === 0) return { networks: 0, fixed: 0, slope: 1, residual: 0 };
  const weights = networks.map(({ ms, error }) => 1 / (error ** 2 + (SHARE * ms) ** 2));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (network: WholeNetwork) => number) =>
    networks.reduce((sum, network, i) => sum + weights[i]! * of(network), 0) / all;
  const x = mean(({ operations }) => operations);
  const y = mean(({ ms }) => ms);
  const free =
    mean(({ operations, ms }) => (operations - x) * (ms - y)) /
    mean(({ operations }) => (operations - x) ** 2);
  const told = count > 2 && free > 0 && Number.isFinite(free) ? free : 1;
  // Nothing takes less than nothing.
  const below = y < told * x;
  const through = mean(({ operations, ms }) => operations * ms) / mean(({ operations }) => operations ** 2);
  const [fixed, slope] = below ? [0, through] : [y - told * x, told];
  const square = mean(({ operations, ms }) => ((fixed + slope * operations) / ms - 1) ** 2);
  return {
    networks: count,
    fixed,
    slope,
    residual: count > 2 ? Math.sqrt((square * count) / (count - 2)) : 0,
  };
}
