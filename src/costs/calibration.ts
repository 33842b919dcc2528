/** A network measured as a whole. */
export interface WholeNetwork {
  /** Milliseconds of its operations, each by itself. */
  readonly operations: number;
  /** Milliseconds of the network. */
  readonly ms: number;
}

/** The line `ms = fixed + slope * operations` through networks that were measured as a whole. Plain JSON. */
export interface Calibration {
  /** Networks that it goes through. */
  readonly networks: number;
  /** Milliseconds that every network takes besides its operations. */
  readonly fixed: number;
  /** What an operation takes in a network, as a share of what it takes by itself. */
  readonly slope: number;
  /** How far the networks are from the line: root of the mean square, as a share of their time; 0 for two or fewer. */
  readonly residual: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The line through networks by ordinary least squares. Of slope 1 where there are fewer than three, or nothing that tells a
 * slope: an operation that takes nothing or less cannot be.
 */
export function fitted(networks: readonly WholeNetwork[]): Calibration {
  const count = networks.length;
  if (count === 0) return { networks: 0, fixed: 0, slope: 1, residual: 0 };
  const x = mean(networks.map(({ operations }) => operations));
  const y = mean(networks.map(({ ms }) => ms));
  const sum = (of: (network: WholeNetwork) => number) =>
    networks.reduce((all, network) => all + of(network), 0);
  const spread = sum(({ operations }) => (operations - x) ** 2);
  const found = sum(({ operations, ms }) => (operations - x) * (ms - y)) / spread;
  const slope = count > 2 && found > 0 && Number.isFinite(found) ? found : 1;
  const fixed = y - slope * x;
  const squares = sum(({ operations, ms }) => ((fixed + slope * operations) / ms - 1) ** 2);
  return { networks: count, fixed, slope, residual: count > 2 ? Math.sqrt(squares / (count - 2)) : 0 };
}
